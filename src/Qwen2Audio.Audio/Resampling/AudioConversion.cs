namespace Qwen2Audio.Audio.Resampling;

/// <summary>
/// Converts audio in pieces to another sampling rate and number of channels. The result does not depend on the piece sizes. Channels stay if
/// their number is right; otherwise they are averaged, and the average is repeated on each.
/// </summary>
public sealed class AudioConversion
{
    private const int Piece = 1 << 12;
    private readonly AudioForm _from;
    private readonly AudioForm _to;
    private readonly SampleHandler _target;
    private readonly int _width; // channels that are resampled
    private readonly ResampleStream[] _resampling;
    private readonly List<float>[] _resampled;
    private readonly float[] _channel = new float[Piece];
    private float[] _rows = [];

    /// <param name="from">What is added.</param>
    /// <param name="to">What is made of it.</param>
    /// <param name="target">Receives the result.</param>
    /// <exception cref="ArgumentOutOfRangeException">A rate is out of range.</exception>
    public AudioConversion(AudioForm from, AudioForm to, SampleHandler target)
    {
        Resampler.Require(from.SampleRate, nameof(from));
        Resampler.Require(to.SampleRate, nameof(to));
        ArgumentOutOfRangeException.ThrowIfLessThan(from.Channels, 1, nameof(from));
        ArgumentOutOfRangeException.ThrowIfLessThan(to.Channels, 1, nameof(to));
        (_from, _to, _target) = (from, to, target);
        _width = from.Channels == to.Channels ? from.Channels : 1;
        _resampled = [.. Enumerable.Range(0, from.SampleRate == to.SampleRate ? 0 : _width).Select(_ => new List<float>())];
        _resampling = _resampled.Length == 1 ? [new ResampleStream(from.SampleRate, to.SampleRate, Repeat)]
            : [.. _resampled.Select(channel => new ResampleStream(from.SampleRate, to.SampleRate, samples => channel.AddRange(samples)))];
    }

    /// <summary>The warnings for what is done.</summary>
    public IEnumerable<AudioWarning> Warnings
    {
        get
        {
            if (_from.Channels != _width) yield return new AudioWarning(AudioWarningCode.DownMixed, $"{_from.Channels} channels are averaged into one.");
            if (_to.Channels != _width) yield return new AudioWarning(AudioWarningCode.Repeated, $"One channel is repeated on all {_to.Channels}.");
            if (_resampling.Length > 0) yield return new AudioWarning(AudioWarningCode.Resampled, $"Resampled from {_from.SampleRate} to {_to.SampleRate} Hz.");
        }
    }

    /// <summary>Adds whole frames, interleaved.</summary>
    public void Add(ReadOnlySpan<float> samples)
    {
        if (_from == _to) _target(samples);
        else if (_from.Channels == 1) Pass(samples);
        else
        {
            for (; samples.Length > 0; samples = samples[(Math.Min(Piece, samples.Length / _from.Channels) * _from.Channels)..])
            {
                var part = samples[..(Math.Min(Piece, samples.Length / _from.Channels) * _from.Channels)];
                if (_width == 1) Pass(Average(part));
                else ResampleEach(part);
            }
        }
    }

    /// <summary>Passes on the remaining samples.</summary>
    public void Finish()
    {
        foreach (var channel in _resampling) channel.Finish();
        if (_width > 1) Interleave();
    }

    private ReadOnlySpan<float> Average(ReadOnlySpan<float> samples)
    {
        var frames = samples.Length / _from.Channels;
        for (var i = 0; i < frames; i++)
        {
            double sum = 0;
            foreach (var sample in samples.Slice(i * _from.Channels, _from.Channels)) sum += sample;
            _channel[i] = (float)(sum / _from.Channels);
        }

        return _channel.AsSpan(0, frames);
    }

    private void Pass(ReadOnlySpan<float> mono)
    {
        if (_resampling.Length == 0) Repeat(mono);
        else _resampling[0].Add(mono);
    }

    private void Repeat(ReadOnlySpan<float> mono)
    {
        if (_to.Channels == 1)
        {
            _target(mono);
            return;
        }

        var rows = Rows(mono.Length);
        for (var i = 0; i < rows.Length; i++) rows[i] = mono[i / _to.Channels];
        _target(rows);
    }

    private void ResampleEach(ReadOnlySpan<float> samples)
    {
        var frames = samples.Length / _width;
        for (var c = 0; c < _resampling.Length; c++)
        {
            for (var i = 0; i < frames; i++) _channel[i] = samples[i * _width + c];
            _resampling[c].Add(_channel.AsSpan(0, frames));
        }

        Interleave();
    }

    private void Interleave()
    {
        if (_resampled.Length == 0 || _resampled[0].Count == 0) return;
        var rows = Rows(_resampled[0].Count);
        for (var i = 0; i < rows.Length; i++) rows[i] = _resampled[i % _width][i / _width];
        foreach (var channel in _resampled) channel.Clear();
        _target(rows);
    }

    private Span<float> Rows(int frames)
    {
        if (_rows.Length < frames * _to.Channels) _rows = new float[frames * _to.Channels];
        return _rows.AsSpan(0, frames * _to.Channels);
    }
}

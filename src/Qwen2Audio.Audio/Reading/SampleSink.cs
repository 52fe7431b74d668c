using Qwen2Audio.Audio.Resampling;

namespace Qwen2Audio.Audio.Reading;

/// <summary>
/// Collects decoded samples within the limits, or passes them on; converts them as they arrive to the requested form. Memory grows with the
/// samples, not with what a header declares; if they are passed on, it does not grow.
/// </summary>
internal sealed class SampleSink : IDisposable
{
    private readonly long _limit;
    private readonly bool _secondsBind;
    private readonly ReadRequest _request;
    private readonly ByteSource _source;
    private readonly int _rate;
    private readonly int _channels;
    private readonly SampleStore _store;
    private readonly SampleHandler _target;
    private readonly AudioConversion? _conversion;

    /// <summary>A sink for audio of the given kind.</summary>
    /// <param name="source">For errors.</param>
    /// <param name="request">The limits, and what to convert to.</param>
    /// <param name="rate">Sampling rate in Hz.</param>
    /// <param name="channels">Number of channels.</param>
    /// <param name="expected">Samples per channel that are certain to come, 0 when unknown; they are allocated at once.</param>
    /// <param name="held">Bytes already held in memory, which count towards the limit.</param>
    public SampleSink(ByteSource source, ReadRequest request, int rate, int channels, long expected, long held = 0)
    {
        (_source, _request, _rate, _channels) = (source, request, rate, channels);
        var options = request.Options;
        var form = request.Form ?? new AudioForm(rate, channels);
        var kept = Math.Min((options.MaxDecodedBytes - held) / sizeof(float), Array.MaxLength) / form.Channels;
        var byBytes = request.Handler is null ? kept * rate / form.SampleRate : long.MaxValue / channels;
        var bySeconds = Math.Floor(options.MaxSeconds * rate + 1e-6);
        _secondsBind = bySeconds < byBytes;
        var frames = _secondsBind ? (long)bySeconds : byBytes;
        _limit = frames * channels;
        var sure = Math.Clamp(expected, 0, frames);
        _store = new SampleStore(request.Handler is null ? Resampler.OutputLength(sure, rate, form.SampleRate) * form.Channels : 0);
        _target = request.Handler ?? _store.Add;
        if (form == new AudioForm(rate, channels)) return;
        _conversion = new AudioConversion(new AudioForm(rate, channels), form, _target);
    }

    /// <summary>Decoded samples of all channels so far.</summary>
    public long Count { get; private set; }

    /// <summary>True when audio beyond the limit was left out.</summary>
    public bool IsTruncated { get; private set; }

    /// <summary>Adds whole frames.</summary>
    /// <exception cref="AudioFormatException">Over the limit, and the options do not say cut.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void Add(ReadOnlySpan<float> samples)
    {
        _request.Cancellation.ThrowIfCancellationRequested();
        if (Count + samples.Length > _limit)
        {
            if (_request.Options.LongAudio == LongAudio.Refuse)
                throw _source.Fault(AudioFault.TooLong, "duration", $"more than {Seconds}", _secondsBind
                    ? $"at most {Seconds}" : $"at most {_request.Options.MaxDecodedBytes} bytes of decoded samples");
            IsTruncated = true;
            samples = samples[..(int)(_limit - Count)];
        }

        Count += samples.Length;
        if (_conversion is null) _target(samples);
        else _conversion.Add(samples);
    }

    /// <summary>The clip. Nothing can be added afterwards.</summary>
    public AudioClip ToClip(List<AudioWarning> warnings, string encoding)
    {
        _conversion?.Finish();
        if (_conversion is not null) warnings.AddRange(_conversion.Warnings);
        var form = _request.Form ?? new AudioForm(_rate, _channels);
        return new AudioClip(_store.ToArray(), form.SampleRate, form.Channels, warnings) { Encoding = encoding, StoredRate = _rate };
    }

    /// <summary>The warning for a cut.</summary>
    public AudioWarning CutWarning() => new(AudioWarningCode.Cut, $"Only the first {Seconds} are used: the audio is longer than allowed.");

    public void Dispose() => _store.Dispose();

    private string Seconds => $"{(double)_limit / _channels / _rate:0.###} s";
}

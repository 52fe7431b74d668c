namespace Qwen2Audio.Audio;

/// <summary>Collects decoded samples under the limits. Memory follows what arrives, not what a header declares.</summary>
internal sealed class SampleSink
{
    private const int FirstBlock = 1 << 14;
    private const int LargestBlock = 1 << 22;
    private readonly List<float[]> _full = [];
    private readonly long _limit;
    private readonly AudioReadOptions _options;
    private readonly ByteSource _source;
    private readonly int _rate;
    private readonly int _channels;
    private float[] _block;
    private int _used;

    /// <summary>A sink for audio of the given kind.</summary>
    /// <param name="source">For errors.</param>
    /// <param name="options">The limits.</param>
    /// <param name="rate">Hz.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="certain">Samples that the bytes at hand must give, 0 when unknown: reserved at once.</param>
    public SampleSink(ByteSource source, AudioReadOptions options, int rate, int channels, long certain)
    {
        (_source, _options, _rate, _channels) = (source, options, rate, channels);
        double bySeconds = Math.Floor(options.MaxSeconds * rate + 1e-6) * channels;
        long byBytes = Math.Min(options.MaxDecodedBytes / 4, Array.MaxLength) / channels * channels;
        _limit = bySeconds < byBytes ? (long)bySeconds : byBytes;
        long first = Math.Min(Math.Min(certain, _limit), Array.MaxLength);
        _block = new float[first > 0 ? first : FirstBlock];
    }

    /// <summary>Samples of all channels so far.</summary>
    public long Count { get; private set; }

    /// <summary>True when audio beyond the limit arrived and is left out.</summary>
    public bool Cut { get; private set; }

    /// <summary>Adds whole frames.</summary>
    /// <exception cref="AudioFormatException">Over the limit, unless the options say cut.</exception>
    public void Add(ReadOnlySpan<float> samples)
    {
        if (Count + samples.Length > _limit)
        {
            if (_options.LongAudio == LongAudio.Refuse)
                throw _source.Fault(AudioFault.TooLong, "duration", $"more than {(double)_limit / _channels / _rate:0.###} s",
                    $"at most {_options.MaxSeconds:0.###} s and {_options.MaxDecodedBytes} bytes of decoded samples");
            Cut = true;
            samples = samples[..(int)(_limit - Count)];
        }
        Count += samples.Length;
        while (samples.Length > 0)
        {
            if (_used == _block.Length)
            {
                _full.Add(_block);
                long next = Math.Min(Math.Clamp(Count, FirstBlock, LargestBlock), _limit - (Count - samples.Length));
                (_block, _used) = (new float[Math.Max(next, samples.Length)], 0);
            }
            int step = Math.Min(samples.Length, _block.Length - _used);
            samples[..step].CopyTo(_block.AsSpan(_used));
            _used += step;
            samples = samples[step..];
        }
    }

    /// <summary>All samples in one array.</summary>
    public float[] ToArray()
    {
        if (_full.Count == 0 && _used == _block.Length) return _block;
        float[] all = new float[Count];
        int at = 0;
        foreach (float[] block in _full)
        {
            block.CopyTo(all, at);
            at += block.Length;
        }
        _block.AsSpan(0, _used).CopyTo(all.AsSpan(at));
        return all;
    }

    /// <summary>The warning for a cut.</summary>
    public AudioWarning CutWarning() => new(AudioWarningCode.Cut,
        $"Only the first {(double)_limit / _channels / _rate:0.###} s are used: the audio is longer than allowed.");
}

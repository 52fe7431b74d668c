namespace Qwen2Audio.Audio;

/// <summary>Decoded audio.</summary>
/// <param name="Samples">Samples, full scale ±1. Channels are interleaved: frame 0 of all channels, then frame 1, …</param>
/// <param name="SampleRate">Sampling rate in Hz.</param>
/// <param name="Channels">Number of channels, at least 1.</param>
/// <param name="Warnings">Everything that was cut, replaced, mixed, resampled or could not be checked.</param>
public sealed record AudioClip(float[] Samples, int SampleRate, int Channels, IReadOnlyList<AudioWarning> Warnings)
{
    /// <summary>The largest magnitude of a sample that is read, far above any scale in use. Up to it, the sum of the squares of the longest clip is within single precision.</summary>
    public const float MostMagnitude = 1e15f;

    /// <summary>How the file stores the samples, as text for users: "WAV, 16-bit integer"; empty for audio that is not from a file.</summary>
    public string Encoding { get; init; } = "";

    /// <summary>The file's sampling rate in Hz; 0 for audio that is not from a file.</summary>
    public int StoredRate { get; init; }

    /// <summary>Samples per channel.</summary>
    public int Frames => Samples.Length / Channels;

    /// <summary>Duration in seconds.</summary>
    public double Seconds => (double)Frames / SampleRate;

    /// <summary>The samples from a start time on, for a given duration; 0 seconds: to the end. Both are rounded to whole samples.</summary>
    /// <param name="from">Start in seconds.</param>
    /// <param name="seconds">Duration in seconds.</param>
    /// <param name="tolerance">Seconds that may be missing at the end.</param>
    /// <exception cref="ArgumentException">The clip is shorter than that.</exception>
    public AudioClip Part(double from, double seconds, double tolerance = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfNegative(seconds);
        if (from + seconds > Seconds + tolerance || from >= Seconds)
            throw new ArgumentException($"The part from {from:0.###} s to {from + seconds:0.###} s is not within the clip, which is {Seconds:0.###} s long.");
        var first = (int)Math.Min(Frames, Math.Round(from * SampleRate));
        var count = seconds == 0 ? Frames - first : (int)Math.Min(Frames - first, Math.Round(seconds * SampleRate));
        return this with { Samples = Samples.AsSpan(first * Channels, count * Channels).ToArray() };
    }
}

namespace Qwen2Audio.Audio;

/// <summary>Decoded audio.</summary>
/// <param name="Samples">Samples, full scale ±1; with several channels interleaved (frame 0 of all channels, then frame 1, …).</param>
/// <param name="SampleRate">Sampling rate in Hz.</param>
/// <param name="Channels">Channels, at least 1.</param>
/// <param name="Warnings">Everything that was cut, replaced, mixed, resampled or could not be checked on the way here.</param>
public sealed record AudioClip(float[] Samples, int SampleRate, int Channels, IReadOnlyList<AudioWarning> Warnings)
{
    /// <summary>How the file stored the samples, for people: "WAV, 16-bit integer"; empty for audio that comes from no file.</summary>
    public string Encoding { get; init; } = "";

    /// <summary>The sampling rate in Hz that the file stores; 0 for audio that comes from no file.</summary>
    public int StoredRate { get; init; }

    /// <summary>Samples of one channel.</summary>
    public int Frames => Samples.Length / Channels;

    /// <summary>Duration in seconds.</summary>
    public double Seconds => (double)Frames / SampleRate;

    /// <summary>The samples from one time on, as many as are in a length of time; 0 seconds: to the end. Both are rounded to whole samples.</summary>
    /// <param name="from">Seconds from the beginning.</param>
    /// <param name="seconds">Length in seconds.</param>
    /// <param name="tolerance">Seconds that may be missing at the end.</param>
    /// <exception cref="ArgumentException">The clip is shorter than that.</exception>
    public AudioClip Part(double from, double seconds, double tolerance = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfNegative(seconds);
        if (from + seconds > Seconds + tolerance || from >= Seconds)
            throw new ArgumentException($"The part from {from:0.###} s to {from + seconds:0.###} s was asked for; the clip is {Seconds:0.###} s long.");
        var first = (int)Math.Min(Frames, Math.Round(from * SampleRate));
        var count = seconds == 0 ? Frames - first : (int)Math.Min(Frames - first, Math.Round(seconds * SampleRate));
        return this with { Samples = Samples.AsSpan(first * Channels, count * Channels).ToArray() };
    }
}

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

    /// <summary>Samples of one channel.</summary>
    public int Frames => Samples.Length / Channels;

    /// <summary>Duration in seconds.</summary>
    public double Seconds => (double)Frames / SampleRate;
}

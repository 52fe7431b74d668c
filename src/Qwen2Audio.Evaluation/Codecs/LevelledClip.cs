using Qwen2Audio.Audio;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Tasks.Manifests;

namespace Qwen2Audio.Evaluation.Codecs;

/// <summary>A clip at the level at which codecs are trained and compared (<see cref="ActiveLevel"/>).</summary>
/// <param name="Row">Its row.</param>
/// <param name="Samples">One channel.</param>
/// <param name="SamplingRate">In Hz.</param>
/// <param name="Mean">What was subtracted from the clip.</param>
/// <param name="Gain">The factor after that.</param>
/// <param name="Warnings">Warnings about reading it.</param>
internal sealed record LevelledClip(ManifestRow Row, float[] Samples, int SamplingRate, double Mean, double Gain, IReadOnlyList<string> Warnings)
{
    /// <summary>Duration in seconds.</summary>
    public double Seconds => (double)Samples.Length / SamplingRate;

    /// <summary>Reads a clip.</summary>
    /// <exception cref="IOException">It cannot be read, differs from its row, or is empty.</exception>
    /// <exception cref="AudioFormatException">It is not usable audio.</exception>
    public static LevelledClip Read(ManifestRow row, int samplingRate)
    {
        var clip = AudioPreparation.Prepare(ManifestAudio.Read(row), samplingRate);
        var samples = clip.Samples.ToArray();
        if (samples.Length == 0) throw new IOException($"{row.Path}: it has no samples.");
        var (mean, gain) = ActiveLevel.Normalise(samples, samplingRate);
        return new LevelledClip(row, samples, samplingRate, mean, gain, [.. clip.Warnings.Select(warning => warning.Text)]);
    }

    /// <summary>Audio of the clip's own level at the level of <see cref="Samples"/>.</summary>
    public float[] Levelled(float[] sound) => [.. sound.Select(sample => (float)(Gain * (sample - Mean)))];

    /// <summary>Audio of the level of <see cref="Samples"/> at the clip's own level.</summary>
    public float[] Unlevelled(float[] sound) => [.. sound.Select(sample => (float)(sample / Gain + Mean))];
}

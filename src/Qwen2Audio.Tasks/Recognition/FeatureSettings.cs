using Qwen2Audio.Audio.Mel;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>preprocessor_config.json of the small models.</summary>
internal sealed record FeatureSettings
{
    /// <summary>Sampling rate in Hz.</summary>
    public int SamplingRate { get; init; } = 16_000;

    /// <summary>Samples between frames.</summary>
    public int HopLength { get; init; } = 160;

    /// <summary>Peak sample value after scaling.</summary>
    public float Peak { get; init; } = 0.5f;

    /// <summary>Range of log10 power kept below a clip's maximum, in decades.</summary>
    public float Decades { get; init; } = 8;

    /// <summary>Mean of each mel bin over the training set.</summary>
    public required float[] MelMean { get; init; }

    /// <summary>Standard deviation of each mel bin over the training set.</summary>
    public required float[] MelStd { get; init; }

    /// <summary>Clips shorter than this (seconds) get <see cref="ShortClipPadding"/> on both sides.</summary>
    public double ShortClipSeconds { get; init; } = ClipLogMel.ShortClipSeconds;

    /// <summary>Seconds of padding (at the floor) on each side of a short clip.</summary>
    public double ShortClipPadding { get; init; } = ClipLogMel.ShortClipPadding;
}

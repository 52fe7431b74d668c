using Qwen2Audio.Tasks.Manifests;

namespace Qwen2Audio.Tasks.Calibration;

/// <summary>Options of <see cref="DomainCalibration"/>.</summary>
public sealed record CalibrationOptions
{
    /// <summary>Manifests of recordings with the splits "train" (statistics) and "val" (thresholds, confidences and rates); at least one.</summary>
    public required IReadOnlyList<string> Manifests { get; init; }

    /// <summary>Datasets of the manifest outside the model's domain, used to measure missed alarms only.</summary>
    public IReadOnlyList<string> Outside { get; init; } = [];

    /// <summary>A manifest with more recordings outside the domain, whose split "val" is used to measure missed alarms only. Null: none.</summary>
    public string? OutsideManifest { get; init; }

    /// <summary>Rate of false alarms about words on clips of the domain, between 0 and 1.</summary>
    public double TextAlarms { get; init; } = 0.02;

    /// <summary>Rate of false alarms about hallucinated words on clips of the domain.</summary>
    public double HallucinationAlarms { get; init; } = 0.01;

    /// <summary>Rate of false alarms about labels, for each of their scores.</summary>
    public double LabelAlarms { get; init; } = 0.05;

    /// <summary>Synthetic sounds of each kind used to fit their score.</summary>
    public int LearntSounds { get; init; } = 40;

    /// <summary>Further synthetic sounds of each kind, used to measure missed alarms.</summary>
    public int MeasuredSounds { get; init; } = 20;

    /// <summary>Reported after every clip.</summary>
    public IProgress<ManifestProgress>? Progress { get; init; }
}

namespace Qwen2Audio.Evaluation.Calibration;

/// <summary>What <see cref="DomainCalibration"/> works on.</summary>
public sealed record CalibrationOptions
{
    /// <summary>Recordings with the splits "train" (statistics) and "val" (thresholds and rates).</summary>
    public required string Manifest { get; init; }

    /// <summary>Datasets of the manifest that are outside of the model's domain; they are measured and set nothing.</summary>
    public IReadOnlyList<string> Outside { get; init; } = [];

    /// <summary>More recordings from outside of the domain; their split "val" is measured and sets nothing. Null: none.</summary>
    public string? OutsideManifest { get; init; }

    /// <summary>Share of the clips of the domain whose words may be doubted wrongly, above 0 and below 1.</summary>
    public double TextAlarms { get; init; } = 0.02;

    /// <summary>The same of labels, by each of their scores.</summary>
    public double LabelAlarms { get; init; } = 0.05;

    /// <summary>Made sounds of each kind that the score for them is learnt from.</summary>
    public int LearntSounds { get; init; } = 40;

    /// <summary>Others of each kind, on which missed alarms are counted.</summary>
    public int MeasuredSounds { get; init; } = 20;

    /// <summary>Told after every clip.</summary>
    public IProgress<ValidationProgress>? Progress { get; init; }
}

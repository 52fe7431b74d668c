namespace Qwen2Audio.Training.Speech.Sampling;

/// <summary>How examples are drawn from one batch on until the next phase starts.</summary>
internal sealed record SamplingPhase
{
    /// <summary>Number of the first batch of this phase.</summary>
    public long FirstBatch { get; init; }

    /// <summary>Name of a dataset of the recipe, or <see cref="DrawSource.Noise"/> → its relative weight in the draws.</summary>
    public required IReadOnlyDictionary<string, double> Weights { get; init; }

    /// <summary>Longer clips are not drawn.</summary>
    public int MaxFrames { get; init; } = int.MaxValue;

    /// <summary>Probability that single digits and keywords are classified.</summary>
    public double Classify { get; init; } = 0.5;

    /// <summary>Probability of the speech prompt for speech.</summary>
    public double SpeechQuestion { get; init; } = 0.03;

    /// <summary>Probability of the speech prompt for environmental sounds.</summary>
    public double SoundQuestion { get; init; } = 0.10;

    /// <summary>Probability that an environmental sound is transcribed, with an empty answer.</summary>
    public double NoWords { get; init; } = 0.10;

    /// <summary>Strength of augmentation at the phase's first batch.</summary>
    public double FirstStrength { get; init; } = 1;

    /// <summary>Strength after <see cref="RampBatches"/>.</summary>
    public double LastStrength { get; init; } = 1;

    /// <summary>Number of batches over which the strength changes linearly.</summary>
    public long RampBatches { get; init; }

    /// <summary>Strength of augmentation at a batch, 0…1.</summary>
    public double Strength(long batch) => batch >= FirstBatch + RampBatches ? LastStrength
        : FirstStrength + ((LastStrength - FirstStrength) * (batch - FirstBatch) / RampBatches);
}

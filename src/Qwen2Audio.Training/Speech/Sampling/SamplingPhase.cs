namespace Qwen2Audio.Training.Speech.Sampling;

/// <summary>How examples are drawn from one batch on until the next phase begins.</summary>
internal sealed record SamplingPhase
{
    /// <summary>Number of the first batch of this phase.</summary>
    public long FirstBatch { get; init; }

    /// <summary>Name of a dataset of the recipe, or <see cref="DrawSource.Noise"/> → its share of draws (any positive numbers).</summary>
    public required IReadOnlyDictionary<string, double> Weights { get; init; }

    /// <summary>Share of single digits and keywords that are asked for by class.</summary>
    public double Classify { get; init; } = 0.5;

    /// <summary>Share of speech that is asked whether it is speech.</summary>
    public double SpeechQuestion { get; init; } = 0.03;

    /// <summary>Share of environmental sounds that are asked whether they are speech.</summary>
    public double SoundQuestion { get; init; } = 0.10;

    /// <summary>Share of environmental sounds that are to be transcribed: the answer is no words.</summary>
    public double NoWords { get; init; } = 0.10;

    /// <summary>Strength of augmentation at the phase's first batch.</summary>
    public double FirstStrength { get; init; } = 1;

    /// <summary>Strength from <see cref="RampBatches"/> later on.</summary>
    public double LastStrength { get; init; } = 1;

    /// <summary>Batches over which the strength changes linearly.</summary>
    public long RampBatches { get; init; }

    /// <summary>Strength of augmentation at a batch, 0…1.</summary>
    public double Strength(long batch) => batch >= FirstBatch + RampBatches ? LastStrength
        : FirstStrength + ((LastStrength - FirstStrength) * (batch - FirstBatch) / RampBatches);
}

using Qwen2Audio.Training.Data.Conversations;
using Qwen2Audio.Training.Data.Ordering;
using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.FineTuning;

/// <summary>Computes losses with gradients from conversations or pairs, and measures the model.</summary>
internal interface ITuningMethod
{
    /// <summary>Loads this rank's part of a step; returns the samples that failed to load.</summary>
    IReadOnlyList<SkippedSample> Begin(long step);

    /// <summary>
    /// Adds the gradients of this rank's part. Returns its contributions to the step's losses; a step without any labels
    /// on any rank has the total NaN, so that it changes nothing.
    /// </summary>
    StepLosses Compute(ulong seed);

    /// <summary>Measures the current model on the rows of the plans.</summary>
    TuningMeasure Measure(ConversationSet samples, IEnumerable<StepPlan> plans, CancellationToken cancellation);
}

/// <summary>A measurement on validation samples.</summary>
/// <param name="Step">Number of steps done.</param>
/// <param name="Loss">Loss per token or per pair; lower is better.</param>
/// <param name="Samples">Number of samples measured.</param>
/// <param name="Skipped">Number of samples that failed to load.</param>
public sealed record TuningMeasure(long Step, double Loss, int Samples, int Skipped)
{
    /// <summary>exp(loss per token); null for pairs.</summary>
    public double? Perplexity { get; init; }

    /// <summary>Mean reward of the chosen answers minus that of the rejected ones; null for conversations.</summary>
    public double? RewardMargin { get; init; }

    /// <summary>Fraction of pairs whose chosen answer has the larger reward; null for conversations.</summary>
    public double? RewardAccuracy { get; init; }
}

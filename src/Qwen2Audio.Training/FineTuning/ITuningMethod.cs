using Qwen2Audio.Training.Data.Conversations;
using Qwen2Audio.Training.Data.Ordering;
using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.FineTuning;

/// <summary>What conversations or pairs become: losses with their gradients, and a measurement.</summary>
internal interface ITuningMethod
{
    /// <summary>Takes this rank's part of a step; returns the samples that could not be loaded.</summary>
    IReadOnlyList<SkippedSample> Begin(long step);

    /// <summary>
    /// Adds the gradients of the part to those of the parameters. Losses are its addends of the step's; a step of which nothing is left to
    /// learn, on no rank, has the total NaN, so that it changes nothing.
    /// </summary>
    StepLosses Compute(ulong seed);

    /// <summary>Measures the model as it is on the rows of the plans.</summary>
    TuningMeasure Measure(ConversationSet samples, IEnumerable<StepPlan> plans, CancellationToken cancellation);
}

/// <summary>A measurement on samples that are not learned.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Loss">A token's, or a pair's; lower is better.</param>
/// <param name="Samples">How many there were.</param>
/// <param name="Skipped">How many could not be loaded.</param>
public sealed record TuningMeasure(long Step, double Loss, int Samples, int Skipped)
{
    /// <summary>e to the loss of a token; null for pairs.</summary>
    public double? Perplexity { get; init; }

    /// <summary>Mean reward of the chosen answers less that of the rejected ones; null for conversations.</summary>
    public double? RewardMargin { get; init; }

    /// <summary>Share of pairs whose chosen answer has the larger reward; null for conversations.</summary>
    public double? RewardAccuracy { get; init; }
}

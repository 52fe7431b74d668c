namespace Qwen2Audio.Training.LanguageModel;

/// <summary>Means over the pairs of a step. A micro-batch holds its contributions, which add up.</summary>
/// <param name="Loss">The loss that is differentiated.</param>
/// <param name="RewardChosen">Reward of the chosen answers.</param>
/// <param name="RewardRejected">Reward of the rejected answers.</param>
/// <param name="RewardAccuracy">Fraction of pairs whose chosen answer has the larger reward.</param>
internal readonly record struct PreferenceLosses(double Loss, double RewardChosen, double RewardRejected, double RewardAccuracy)
{
    /// <summary>RewardChosen − RewardRejected.</summary>
    public double RewardMargin => RewardChosen - RewardRejected;

    /// <summary>The sum.</summary>
    public static PreferenceLosses operator +(PreferenceLosses a, PreferenceLosses b) => new(
        a.Loss + b.Loss, a.RewardChosen + b.RewardChosen, a.RewardRejected + b.RewardRejected, a.RewardAccuracy + b.RewardAccuracy);
}

namespace Qwen2Audio.Training.Losses;

/// <summary>Settings of direct preference optimisation.</summary>
/// <param name="Beta">Strength of the penalty for leaving the reference.</param>
/// <param name="LabelSmoothing">ε: assumed fraction of pairs whose labels are swapped.</param>
internal sealed record DpoOptions(double Beta = 0.1, double LabelSmoothing = 0);

/// <summary>Summed log probabilities of a pair's two answers.</summary>
internal readonly record struct PairLogProbabilities(double Chosen, double Rejected);

/// <summary>Loss of one pair, its rewards and its derivative.</summary>
/// <param name="Loss">−(1−ε)·log σ(z) − ε·log σ(−z), z = RewardChosen − RewardRejected.</param>
/// <param name="RewardChosen">β · (policy − reference) of the chosen answer.</param>
/// <param name="RewardRejected">β · (policy − reference) of the rejected answer.</param>
/// <param name="Slope">Derivative of the loss with respect to the policy's log probability of the chosen answer; negate it for the rejected answer.</param>
internal readonly record struct DpoPair(double Loss, double RewardChosen, double RewardRejected, double Slope)
{
    /// <summary>RewardChosen − RewardRejected.</summary>
    public double RewardMargin => RewardChosen - RewardRejected;

    /// <summary>True when the policy, relative to the reference, prefers the chosen answer.</summary>
    public bool IsRight => RewardChosen > RewardRejected;
}

/// <summary>Direct preference optimisation (Rafailov et al. 2023), with conservative labels (label smoothing).</summary>
internal static class DpoLoss
{
    /// <summary>Loss and derivative of one pair.</summary>
    public static DpoPair Of(PairLogProbabilities policy, PairLogProbabilities reference, DpoOptions options)
    {
        var chosen = options.Beta * (policy.Chosen - reference.Chosen);
        var rejected = options.Beta * (policy.Rejected - reference.Rejected);
        var (z, smoothing) = (chosen - rejected, options.LabelSmoothing);
        var loss = -(1 - smoothing) * LogSigmoid(z) - smoothing * LogSigmoid(-z);
        var slope = options.Beta * (smoothing * Sigmoid(z) - (1 - smoothing) * Sigmoid(-z));
        return new DpoPair(loss, chosen, rejected, slope);
    }

    /// <summary>log σ(z) = −log(1 + e^−z), without overflow and accurate for tiny results.</summary>
    public static double LogSigmoid(double z) => Math.Min(z, 0) - LogOnePlus(Math.Exp(-Math.Abs(z)));

    private static double Sigmoid(double z)
    {
        var tail = Math.Exp(-Math.Abs(z));
        return z >= 0 ? 1 / (1 + tail) : tail / (1 + tail);
    }

    /// <summary>log(1 + x), accurate for small x (Kahan): corrects for the rounding of 1 + x.</summary>
    private static double LogOnePlus(double x)
    {
        var sum = 1 + x;
        return sum == 1 ? x : Math.Log(sum) * x / (sum - 1);
    }
}

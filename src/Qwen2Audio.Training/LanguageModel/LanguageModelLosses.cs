namespace Qwen2Audio.Training.LanguageModel;

/// <summary>Weights of the auxiliary losses, and label smoothing.</summary>
/// <param name="Balance">Weight of the router's balance loss (<c>router_aux_loss_coef</c>).</param>
/// <param name="RouterZ">Weight of the router's z loss.</param>
/// <param name="LabelSmoothing">Fraction of each target that is spread over all classes.</param>
internal sealed record LanguageModelLossOptions(double Balance = 0, double RouterZ = 0, double LabelSmoothing = 0);

/// <summary>
/// A micro-batch's contributions to the losses of the step, which are their sums. <paramref name="Total"/> is what is differentiated;
/// the others are unweighted.
/// </summary>
/// <param name="Total">Language loss plus weighted router losses.</param>
/// <param name="Language">Σ weight · cross-entropy / Σ weight.</param>
/// <param name="Balance">Balance loss of the sparse layers, averaged over micro-batches by their tokens.</param>
/// <param name="RouterZ">Mean of (log Σ exp router logits)² over tokens and sparse layers.</param>
internal readonly record struct LanguageModelLosses(double Total, double Language, double Balance, double RouterZ)
{
    /// <summary>The sum.</summary>
    public static LanguageModelLosses operator +(LanguageModelLosses a, LanguageModelLosses b) =>
        new(a.Total + b.Total, a.Language + b.Language, a.Balance + b.Balance, a.RouterZ + b.RouterZ);
}

namespace Qwen2Audio.Training.LanguageModel;

/// <summary>Factors of the losses beside that of the tokens, and label smoothing.</summary>
/// <param name="Balance">Factor of the router's balance loss (<c>router_aux_loss_coef</c>).</param>
/// <param name="RouterZ">Factor of the router's z loss.</param>
/// <param name="LabelSmoothing">Share of each target that is spread over all classes.</param>
internal sealed record LanguageModelLossOptions(double Balance = 0, double RouterZ = 0, double LabelSmoothing = 0);

/// <summary>
/// Losses of a micro-batch as shares of the step: they add up to those of the step. <paramref name="Total"/> is what was differentiated,
/// the others are unweighted.
/// </summary>
/// <param name="Total">Language + factors · router losses.</param>
/// <param name="Language">Σ weight · cross-entropy / Σ weight.</param>
/// <param name="Balance">Balance loss of the sparse layers, averaged over micro-batches by their tokens.</param>
/// <param name="RouterZ">Mean of (log Σ exp router logits)² over tokens and sparse layers.</param>
internal readonly record struct LanguageModelLosses(double Total, double Language, double Balance, double RouterZ)
{
    /// <summary>Both together.</summary>
    public static LanguageModelLosses operator +(LanguageModelLosses a, LanguageModelLosses b) =>
        new(a.Total + b.Total, a.Language + b.Language, a.Balance + b.Balance, a.RouterZ + b.RouterZ);
}

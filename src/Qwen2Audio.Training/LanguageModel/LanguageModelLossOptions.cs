namespace Qwen2Audio.Training.LanguageModel;

/// <summary>Weights of the auxiliary losses, and label smoothing.</summary>
/// <param name="Balance">Weight of the router's balance loss (<c>router_aux_loss_coef</c>).</param>
/// <param name="RouterZ">Weight of the router's z loss.</param>
/// <param name="LabelSmoothing">Fraction of each target that is spread over all classes.</param>
internal sealed record LanguageModelLossOptions(double Balance = 0, double RouterZ = 0, double LabelSmoothing = 0);

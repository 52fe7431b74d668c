namespace Qwen2Audio.Checkpoints.Adapters;

/// <summary>What an adapter changes in a model, with every tensor of its file accounted for.</summary>
/// <param name="Targets">Weights whose products it adds to.</param>
/// <param name="Whole">Weights that it replaces.</param>
/// <param name="Head">The model's head if it is tied to the embedding.</param>
/// <param name="Warnings">Warnings for the user about the result.</param>
public sealed record AdapterChanges(IReadOnlyList<LoraTarget> Targets, IReadOnlyList<ReplacedWeight> Whole, TiedHead? Head, IReadOnlyList<string> Warnings)
{
    /// <summary>Whether the adapter makes a tied head differ from its embedding, so that a merged model has a separate head.</summary>
    public bool Unties => Head is not null && (Targets.Any(target => target.Weight == Head.Head) || Whole.Any(whole => whole.Holder == Head.Table && whole.Uses != WeightUses.All));
}

namespace Qwen2Audio.Checkpoints.Adapters;

/// <summary>What an adapter changes in a model, every tensor of its file accounted for.</summary>
/// <param name="Targets">Weights whose products it adds to.</param>
/// <param name="Whole">Weights that it brings as a whole.</param>
/// <param name="Head">The model's head where it is tied to the embedding.</param>
/// <param name="Warnings">What a user should know before believing the result.</param>
public sealed record AdapterChanges(IReadOnlyList<LoraTarget> Targets, IReadOnlyList<WholeWeight> Whole, TiedHead? Head, IReadOnlyList<string> Warnings)
{
    /// <summary>Whether a tied head differs from its embedding with the adapter: a merged model then has a head of its own.</summary>
    public bool Unties => Head is not null && (Targets.Any(target => target.Weight == Head.Head) || Whole.Any(whole => whole.Holder == Head.Table && whole.Uses != WeightUses.All));
}

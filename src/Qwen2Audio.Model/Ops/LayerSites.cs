namespace Qwen2Audio.Model.Ops;

/// <summary>The sites of one layer, named after it.</summary>
internal sealed class LayerSites(string layer)
{
    public Site Probabilities { get; } = new($"{layer}.attention.probabilities");

    public Site Attention { get; } = new($"{layer}.attention");

    public Site CrossProbabilities { get; } = new($"{layer}.cross.probabilities");

    public Site Cross { get; } = new($"{layer}.cross");

    public Site Router { get; } = new($"{layer}.router");

    public Site FeedForward { get; } = new($"{layer}.mlp");

    public Site Output { get; } = new($"{layer}.output");

    /// <summary>The sites of a layer of this kind, in order.</summary>
    public IEnumerable<Site> Listed(bool crosses = false, bool routes = false) =>
        [Probabilities, Attention, .. crosses ? [CrossProbabilities, Cross] : (Site[])[], .. routes ? [Router] : (Site[])[], FeedForward, Output];
}

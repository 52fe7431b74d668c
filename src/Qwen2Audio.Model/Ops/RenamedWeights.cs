namespace Qwen2Audio.Model.Ops;

/// <summary>Maps the weight names that a model requests to the published names.</summary>
/// <param name="source">The published weights.</param>
public abstract class RenamedWeights(IWeights source) : IWeights
{
    /// <summary>The published weights.</summary>
    protected IWeights Source { get; } = source;

    public virtual IWeight Get(string name, params ReadOnlySpan<int> shape) => Source.Get(Published(name), shape);

    public bool Contains(string name) => Source.Contains(Published(name));

    public IWeights Sub(string prefix) => new PrefixedWeights(this, prefix);

    /// <summary>The published name of a weight.</summary>
    protected abstract string Published(string name);
}

/// <summary>The weights whose names begin with a prefix and a dot.</summary>
public sealed class PrefixedWeights(IWeights weights, string above) : IWeights
{
    public IWeight Get(string name, params ReadOnlySpan<int> shape) => weights.Get($"{above}.{name}", shape);

    public bool Contains(string name) => weights.Contains($"{above}.{name}");

    public IWeights Sub(string prefix) => new PrefixedWeights(weights, $"{above}.{prefix}");
}

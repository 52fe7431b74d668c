using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Checkpoints;

/// <summary>Provides weights without numbers to a model, and lists them, each name once.</summary>
internal sealed class ListingWeights(Predicate<string> has) : IWeights
{
    private readonly Dictionary<string, NamedWeight> _known = new(StringComparer.Ordinal);
    private readonly List<ExpectedTensor> _tensors = [];

    public IReadOnlyList<ExpectedTensor> Tensors => _tensors;

    public IWeight Get(string name, params ReadOnlySpan<int> shape)
    {
        if (_known.TryGetValue(name, out var known)) return known;
        var weight = new NamedWeight(name, shape.ToArray());
        _known.Add(name, weight);
        _tensors.Add(new ExpectedTensor(name, [.. weight.Shape.Select(size => (long)size)]));
        return weight;
    }

    public bool Contains(string name) => has(name);

    public IWeights Sub(string prefix) => new PrefixedWeights(this, prefix);
}

using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Checkpoints;

/// <summary>Counts a model's parameters and tensors without allocating them. Sums do not overflow: tensors have few dimensions, each below 2^31.</summary>
internal readonly record struct WeightCount(UInt128 Numbers, UInt128 Tensors)
{
    /// <summary>Counts what a model requests when it is built.</summary>
    public static WeightCount Of(Action<IWeights> build, Predicate<string>? counts = null)
    {
        var weights = new CountingWeights(counts ?? (_ => true));
        build(weights);
        return weights.Count;
    }

    public static WeightCount operator +(WeightCount a, WeightCount b) => new(a.Numbers + b.Numbers, a.Tensors + b.Tensors);

    public static WeightCount operator -(WeightCount a, WeightCount b) => new(a.Numbers - b.Numbers, a.Tensors - b.Tensors);

    public static WeightCount operator *(WeightCount a, long times) => new(a.Numbers * (UInt128)times, a.Tensors * (UInt128)times);
}

/// <summary>Provides weights without numbers to a model, and counts them.</summary>
internal sealed class CountingWeights(Predicate<string> counts) : IWeights
{
    public WeightCount Count { get; private set; }

    public IWeight Get(string name, params ReadOnlySpan<int> shape)
    {
        UInt128 numbers = 1;
        foreach (var size in shape) numbers *= (UInt128)size;
        if (counts(name)) Count += new WeightCount(numbers, 1);
        return new NamedWeight(name, shape.ToArray());
    }

    public bool Contains(string name) => false;

    public IWeights Sub(string prefix) => new PrefixedWeights(this, prefix);
}

/// <summary>A weight's name and shape without its numbers.</summary>
internal sealed record NamedWeight(string Name, IReadOnlyList<int> Shape) : IWeight;

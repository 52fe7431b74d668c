using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Stored;

namespace Qwen2Audio.Training.Ops;

/// <summary>
/// A tensor of a model in training: its value as a matrix [first axis, product of the others], a vector as [1, length], and, when it is
/// trained, a gradient of the same shape. Storage belongs to the <see cref="ParameterSet"/>. What is frozen when storage is laid out has
/// no gradient, and a matrix may stay where and as a checkpoint stores it.
/// </summary>
public sealed class Parameter : IWeight
{
    private Matrix _value;
    private bool _trained = true;

    internal Parameter(string name, int[] shape)
    {
        Name = name;
        Shape = shape;
        Rows = shape.Length > 1 ? shape[0] : 1;
        Columns = checked((int)(Length / Math.Max(1, Rows)));
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>The numbers.</summary>
    /// <exception cref="InvalidOperationException">They stay as they are stored: <see cref="IsStored"/>.</exception>
    public Matrix Value
    {
        get => Stored is null ? _value
            : throw new InvalidOperationException($"{Name} stays as the checkpoint stores it; it can be multiplied and looked up, not read or changed.");
        internal set => _value = value;
    }

    /// <summary>Gradient of the step's loss, summed over every use; null for what was frozen when storage was laid out.</summary>
    public Matrix Gradient { get; internal set; }

    /// <summary>
    /// False: the parameter is frozen. Nothing is propagated into it, and the optimiser leaves its bits alone. Frozen before
    /// <see cref="ParameterSet.Allocate"/>, it takes no memory for a gradient and moments either, and stays frozen.
    /// </summary>
    /// <exception cref="InvalidOperationException">It was frozen when storage was laid out.</exception>
    public bool Trained
    {
        get => _trained;
        set => _trained = !value || !IsFixed ? value
            : throw new InvalidOperationException($"{Name} was frozen when storage was laid out: there is no room for its gradient.");
    }

    /// <summary>Whether the numbers lie where and as a checkpoint stores them.</summary>
    public bool IsStored => Stored is not null;

    /// <summary>What is added to the products of this weight [out, in]; null: nothing.</summary>
    internal LowRank? Adapter { get; set; }

    /// <summary>True once storage was laid out without room for a gradient.</summary>
    internal bool IsFixed { get; set; }

    /// <summary>The numbers in their stored type.</summary>
    internal StoredMatrix? Stored { get; set; }

    /// <summary>Where it begins in the flat blocks.</summary>
    internal int Offset { get; set; }

    internal int Rows { get; }

    internal int Columns { get; }

    /// <summary>Whether a product with this weight has something to learn.</summary>
    internal bool Learns => Trained || Adapter is { Learns: true };

    /// <summary>How many numbers.</summary>
    public long Length => Shape.Aggregate(1L, (product, axis) => checked(product * axis));
}

using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Stored;

namespace Qwen2Audio.Training.Ops;

/// <summary>
/// A tensor of a model in training: its value as a matrix [first axis, product of the others], a vector as [1, length], and, if it is
/// trained, a gradient of the same shape. The <see cref="ParameterSet"/> owns the storage. A parameter that is frozen when storage is
/// allocated has no gradient, and a matrix may stay in the checkpoint's mapped file.
/// </summary>
internal sealed class Parameter : IWeight
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

    public string Name { get; }

    public IReadOnlyList<int> Shape { get; }

    /// <summary>The value.</summary>
    /// <exception cref="InvalidOperationException">It stays in the checkpoint's file: <see cref="IsStored"/>.</exception>
    public Matrix Value
    {
        get => Stored is null ? _value
            : throw new InvalidOperationException($"{Name} stays in the checkpoint's file: products and lookups can use it, but its value cannot be read or changed.");
        internal set => _value = value;
    }

    /// <summary>Gradient of the step's loss, summed over every use; null for parameters frozen when storage was allocated.</summary>
    public Matrix Gradient { get; internal set; }

    /// <summary>
    /// False: the parameter is frozen. No gradient is propagated into it, and the optimiser does not change it. If frozen before
    /// <see cref="ParameterSet.Allocate"/>, it also has no memory for a gradient and moments, and stays frozen.
    /// </summary>
    /// <exception cref="InvalidOperationException">It was frozen when storage was allocated.</exception>
    public bool Trained
    {
        get => _trained;
        set => _trained = !value || !IsFixed ? value
            : throw new InvalidOperationException($"{Name} was frozen when storage was allocated: it has no memory for a gradient.");
    }

    /// <summary>Whether the value stays in the checkpoint's file.</summary>
    public bool IsStored => Stored is not null;

    /// <summary>The adapter whose product is added to this weight's [out, in]; null: none.</summary>
    internal LowRank? Adapter { get; set; }

    /// <summary>True once storage was allocated without a gradient.</summary>
    internal bool IsFixed { get; set; }

    /// <summary>The elements in their stored type.</summary>
    internal StoredMatrix? Stored { get; set; }

    /// <summary>Its offset in the flat blocks.</summary>
    internal int Offset { get; set; }

    internal int Rows { get; }

    internal int Columns { get; }

    /// <summary>Whether a product with this weight has trainable parameters.</summary>
    internal bool Learns => Trained || Adapter is { Learns: true };

    /// <summary>Number of elements.</summary>
    public long Length => Shape.Aggregate(1L, (product, axis) => checked(product * axis));
}

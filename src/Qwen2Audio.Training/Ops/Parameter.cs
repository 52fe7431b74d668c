using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics;

namespace Qwen2Audio.Training.Ops;

/// <summary>
/// A trained tensor: value and gradient as matrices [first axis, product of the others], a vector as [1, length]. Storage belongs to
/// the <see cref="ParameterSet"/>.
/// </summary>
public sealed class Parameter : IWeight
{
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
    public Matrix Value { get; internal set; }

    /// <summary>Gradient of the step's loss, summed over every use.</summary>
    public Matrix Gradient { get; internal set; }

    /// <summary>False: the parameter is frozen. It has no gradient, and the optimiser leaves its bits alone.</summary>
    public bool Trained { get; set; } = true;

    /// <summary>Where it begins in the flat blocks.</summary>
    internal int Offset { get; set; }

    internal int Rows { get; }

    internal int Columns { get; }

    /// <summary>How many numbers.</summary>
    public long Length => Shape.Aggregate(1L, (product, axis) => checked(product * axis));
}

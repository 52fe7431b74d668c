namespace Qwen2Audio.Formats.Safetensors;

/// <summary>What a file says about one tensor.</summary>
public sealed class TensorInfo
{
    private readonly long[] _shape;

    /// <summary>Describes a tensor whose bytes are known to be in the file.</summary>
    /// <exception cref="ArgumentException">No such type, rows that are not whole blocks of it, or a size beyond 2^63 − 1 bytes.</exception>
    public TensorInfo(string name, DType dtype, long[] shape, long byteOffset)
    {
        Name = name;
        DType = dtype;
        _shape = shape;
        ByteOffset = byteOffset;
        ByteLength = dtype.ByteLength(shape) ?? throw new ArgumentException($"{name}: {Display.Shape(shape)} is too large.", nameof(shape));
    }

    /// <summary>The tensor's name.</summary>
    public string Name { get; }

    /// <summary>The type its numbers are stored in.</summary>
    public DType DType { get; }

    /// <summary>Sizes, slowest dimension first; empty for a scalar. Row-major.</summary>
    public IReadOnlyList<long> Shape => _shape;

    /// <summary>Offset of its first byte from the beginning of the file.</summary>
    public long ByteOffset { get; }

    /// <summary>Size in bytes.</summary>
    public long ByteLength { get; }

    /// <summary>Number of values: the product of the shape; 1 for a scalar.</summary>
    public long Count => DType.Count(ByteLength);

    /// <summary>Whether the tensor has exactly this shape.</summary>
    public bool HasShape(params ReadOnlySpan<long> shape) => _shape.AsSpan().SequenceEqual(shape);

    public override string ToString() => $"{Name} {DType.Name()} {Display.Shape(_shape)}";
}

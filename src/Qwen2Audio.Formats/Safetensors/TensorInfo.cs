namespace Qwen2Audio.Formats.Safetensors;

/// <summary>What a file says about one tensor, checked against the bytes that are there.</summary>
public sealed class TensorInfo
{
    private readonly long[] _shape;

    internal TensorInfo(string name, DType dtype, long[] shape, long byteOffset, long byteLength)
    {
        Name = name;
        DType = dtype;
        _shape = shape;
        ByteOffset = byteOffset;
        ByteLength = byteLength;
    }

    /// <summary>The tensor's name.</summary>
    public string Name { get; }

    /// <summary>The type its numbers are stored in.</summary>
    public DType DType { get; }

    /// <summary>Sizes, slowest dimension first; empty for a scalar. Row-major.</summary>
    public IReadOnlyList<long> Shape => _shape;

    /// <summary>Where its bytes start, from the beginning of the file.</summary>
    public long ByteOffset { get; }

    /// <summary>How many bytes it has.</summary>
    public long ByteLength { get; }

    /// <summary>How many numbers it has: the product of the shape, 1 for a scalar.</summary>
    public long Count => ByteLength / DType.Size();

    /// <summary>True when the shape is exactly this.</summary>
    public bool HasShape(params ReadOnlySpan<long> shape) => _shape.AsSpan().SequenceEqual(shape);

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {DType.Name()} {Display.Shape(_shape)}";
}

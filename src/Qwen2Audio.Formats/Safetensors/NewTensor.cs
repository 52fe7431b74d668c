namespace Qwen2Audio.Formats.Safetensors;

/// <summary>A tensor to be written: its name, number type and shape, and a source of its values in order.</summary>
public sealed class NewTensor
{
    private readonly long[] _shape;

    private NewTensor(string name, DType dtype, long[] shape, Action<TensorSink> write)
    {
        Name = name;
        DType = dtype;
        _shape = shape;
        Write = write;
        if (dtype >= DType.Q8_0) throw new ArgumentOutOfRangeException(nameof(dtype), $"{name}: safetensors files have no {dtype.Name()}; they have {DTypes.All}.");
        if (shape.Length > SafetensorsLimits.Rank || shape.Any(size => size < 0) || dtype.ByteLength(shape) is not { } bytes)
            throw new ArgumentOutOfRangeException(nameof(shape), $"{name}: {Display.Shape(shape)} is not a shape.");
        ByteLength = bytes;
    }

    /// <summary>The tensor's name.</summary>
    public string Name { get; }

    /// <summary>The type that its numbers are stored in.</summary>
    public DType DType { get; }

    /// <summary>Sizes, slowest dimension first; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape => _shape;

    /// <summary>Size in bytes.</summary>
    public long ByteLength { get; }

    internal Action<TensorSink> Write { get; }

    /// <summary>Single-precision numbers, row-major, stored as F32, F16 or BF16 (rounded to nearest, ties to even).</summary>
    public static NewTensor Floats(string name, ReadOnlySpan<long> shape, ReadOnlyMemory<float> numbers, DType dtype = DType.F32) =>
        Pieces(name, dtype, shape, sink => sink.Write(numbers.Span)).WithCount(numbers.Length);

    /// <summary>Whole numbers, row-major, stored as I64.</summary>
    public static NewTensor Int64s(string name, ReadOnlySpan<long> shape, ReadOnlyMemory<long> numbers) =>
        Pieces(name, DType.I64, shape, sink => sink.Write(numbers.Span)).WithCount(numbers.Length);

    /// <summary>Values that <paramref name="write"/> supplies piece by piece, row-major, while the file is written.</summary>
    public static NewTensor Pieces(string name, DType dtype, ReadOnlySpan<long> shape, Action<TensorSink> write) =>
        dtype is DType.F32 or DType.F16 or DType.BF16 or DType.I64 ? new(name, dtype, shape.ToArray(), write)
            : throw new ArgumentOutOfRangeException(nameof(dtype), $"{name}: {dtype.Name()} cannot be written; allowed: F32, F16, BF16, I64.");

    /// <summary>A stored tensor of any type, copied byte by byte while the file is written; the source must stay open until then.</summary>
    public static NewTensor Copy(ITensorSource source, TensorInfo tensor) =>
        new(tensor.Name, tensor.DType, [.. tensor.Shape], sink => sink.CopyFrom(source, tensor));

    /// <summary>The same tensor; <paramref name="before"/> is called just before it is written.</summary>
    internal NewTensor Announced(Action before) => new(Name, DType, _shape, sink =>
    {
        before();
        Write(sink);
    });

    private NewTensor WithCount(int count) => count == DType.Count(ByteLength) ? this
        : throw new ArgumentException($"{Name}: {Display.Shape(_shape)} needs {DType.Count(ByteLength)} numbers; {count} were given.");
}

using Qwen2Audio.Numerics.Stored;

namespace Qwen2Audio.Formats.Safetensors;

/// <summary>
/// Number types of stored tensors. The order is the reference implementation's: its writer sorts tensors by descending type, so that every
/// tensor is aligned to its own number size.
/// </summary>
public enum DType
{
    /// <summary>One byte, 0 or 1.</summary>
    Bool,
    /// <summary>Unsigned, 8 bits.</summary>
    U8,
    /// <summary>Signed, 8 bits.</summary>
    I8,
    /// <summary>Signed, 16 bits.</summary>
    I16,
    /// <summary>IEEE half precision.</summary>
    F16,
    /// <summary>The upper half of a single.</summary>
    BF16,
    /// <summary>Signed, 32 bits.</summary>
    I32,
    /// <summary>IEEE single precision.</summary>
    F32,
    /// <summary>IEEE double precision.</summary>
    F64,
    /// <summary>Signed, 64 bits.</summary>
    I64,
    /// <summary>ggml's type: 32 numbers of a row share a scale in half precision and are signed bytes. Not used in safetensors files.</summary>
    Q8_0,
}

/// <summary>Sizes and published names of <see cref="DType"/>.</summary>
public static class DTypes
{
    private static readonly string[] Names = ["BOOL", "U8", "I8", "I16", "F16", "BF16", "I32", "F32", "F64", "I64", "Q8_0"];

    /// <summary>The names used in safetensors files.</summary>
    internal static string All { get; } = string.Join(", ", Names.Take((int)DType.Q8_0));

    /// <summary>The blocks that rows are made of: numbers per block, and bytes per block.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such type.</exception>
    public static (int Numbers, int Bytes) Block(this DType type) => type.Stored()?.Block() ?? type switch
    {
        DType.Bool or DType.U8 or DType.I8 => (1, 1),
        DType.I16 => (1, 2),
        DType.I32 => (1, 4),
        DType.F64 or DType.I64 => (1, 8),
        DType.Q8_0 => (32, 34),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "no such type"),
    };

    /// <summary>Whether numbers of the type can be read as single precision.</summary>
    public static bool IsFloat(this DType type) => type is DType.F32 or DType.F16 or DType.BF16 or DType.F64 or DType.Q8_0;

    /// <summary>Size of a row-major tensor in bytes; null if it exceeds 2^63 − 1.</summary>
    /// <exception cref="ArgumentException">Its rows are not whole blocks.</exception>
    internal static long? ByteLength(this DType type, ReadOnlySpan<long> shape)
    {
        var (numbers, bytes) = type.Block();
        if ((shape.IsEmpty ? 1 : shape[^1]) % numbers != 0)
            throw new ArgumentException($"Rows of {Display.Shape(shape)} are not whole blocks of {numbers} numbers ({type.Name()}).", nameof(shape));
        long count = 1;
        foreach (var size in shape)
            if ((count = Times(count, size)) < 0) return null;
        count = Times(count / numbers, bytes);
        return count < 0 ? null : count;
    }

    /// <summary>The number of values in this many bytes, which must be whole blocks.</summary>
    internal static long Count(this DType type, long length)
    {
        var (numbers, bytes) = type.Block();
        return length / bytes * numbers;
    }

    /// <summary>The name in files, such as <c>BF16</c>.</summary>
    public static string Name(this DType type) => Names[(int)type];

    /// <summary>Parses a type name of safetensors files.</summary>
    internal static bool TryParse(string name, out DType type)
    {
        var index = Array.IndexOf(Names, name, 0, (int)DType.Q8_0);
        type = (DType)Math.Max(index, 0);
        return index >= 0;
    }

    private static long Times(long count, long size) => size != 0 && count > long.MaxValue / size ? -1 : count * size;
}

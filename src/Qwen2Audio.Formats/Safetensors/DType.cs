namespace Qwen2Audio.Formats.Safetensors;

/// <summary>
/// Number types of stored tensors. The order is the reference implementation's: its writer sorts tensors by it, downwards, so that
/// every tensor is aligned to its own number size.
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
}

/// <summary>Sizes and published names of <see cref="DType"/>.</summary>
public static class DTypes
{
    private static readonly string[] Names = ["BOOL", "U8", "I8", "I16", "F16", "BF16", "I32", "F32", "F64", "I64"];

    internal static string All { get; } = string.Join(", ", Names);

    /// <summary>Bytes of one number.</summary>
    public static int Size(this DType type) => type switch
    {
        DType.Bool or DType.U8 or DType.I8 => 1,
        DType.I16 or DType.F16 or DType.BF16 => 2,
        DType.I32 or DType.F32 => 4,
        DType.F64 or DType.I64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>The name that files use, such as <c>BF16</c>.</summary>
    public static string Name(this DType type) => Names[(int)type];

    internal static bool TryParse(string name, out DType type)
    {
        var index = Array.IndexOf(Names, name);
        type = (DType)Math.Max(index, 0);
        return index >= 0;
    }
}

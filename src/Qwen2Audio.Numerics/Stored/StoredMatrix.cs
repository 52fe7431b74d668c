namespace Qwen2Audio.Numerics.Stored;

/// <summary>How values of a <see cref="StoredMatrix"/> are stored.</summary>
public enum StoredType
{
    /// <summary>IEEE single precision.</summary>
    Float32,

    /// <summary>IEEE half precision.</summary>
    Float16,

    /// <summary>bfloat16: the upper half of a single.</summary>
    BFloat16,
}

/// <summary>Sizes of <see cref="StoredType"/>.</summary>
public static class StoredTypes
{
    /// <summary>The blocks that rows are made of: values per block, and bytes per block.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such type.</exception>
    public static (int Numbers, int Bytes) Block(this StoredType type) => type switch
    {
        StoredType.Float32 => (1, sizeof(float)),
        StoredType.Float16 or StoredType.BFloat16 => (1, sizeof(ushort)),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "no such type"),
    };
}

/// <summary>
/// Row-major values in place (a mapped file), in the type that a checkpoint stores: it owns nothing, and nothing is
/// copied. Addresses need no alignment.
/// </summary>
public readonly unsafe struct StoredMatrix
{
    internal readonly byte* Data;

    /// <summary>Numbers at an address that stays valid as long as the matrix is used.</summary>
    /// <param name="address">Address of the first number.</param>
    /// <param name="bytes">How many bytes are there.</param>
    /// <param name="type">Their type, little-endian.</param>
    /// <param name="rows">Rows, one after another without gaps.</param>
    /// <param name="columns">Numbers per row, whole blocks of the type.</param>
    public StoredMatrix(nint address, long bytes, StoredType type, int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfZero(address);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("Stored values are little-endian; this machine is not.");
        Data = (byte*)address;
        (Type, Rows, Columns) = (type, rows, columns);
        var (numbers, size) = type.Block();
        if (columns % numbers != 0) throw new ArgumentException($"Rows of {columns} values are not whole blocks of {numbers} ({type}).", nameof(columns));
        RowBytes = (long)columns / numbers * size;
        if (Bytes > bytes) throw new ArgumentException($"{rows} × {columns} values of {type} take {Bytes} bytes; {bytes} are there.", nameof(bytes));
    }

    /// <summary>Type of the values.</summary>
    public StoredType Type { get; }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Numbers per row.</summary>
    public int Columns { get; }

    /// <summary>Bytes of all values.</summary>
    public long Bytes => checked(Rows * RowBytes);

    /// <summary>The same values as float32, in place; read-only.</summary>
    /// <exception cref="InvalidOperationException">They are stored in another type.</exception>
    public Matrix Floats => Type == StoredType.Float32 ? new Matrix((float*)Data, Rows, Columns, Columns)
        : throw new InvalidOperationException($"Numbers stored as {Type} are not {nameof(StoredType.Float32)}.");

    internal long RowBytes { get; }

    /// <summary>Copies row <paramref name="row"/>, widened to float32, exactly.</summary>
    public void CopyRow(int row, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        if (destination.Length != Columns) throw new ArgumentException($"A row has {Columns} values, the destination {destination.Length}.");
        fixed (float* target = destination) StoredWidening.Widen(Type, Data + row * RowBytes, Columns, target);
    }
}

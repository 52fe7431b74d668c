using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Stored;

namespace Qwen2Audio.Formats.Safetensors;

/// <summary>Tensors for computing: mapped where they are stored, or read into memory.</summary>
public static class StoredTensors
{
    private const int NumbersAtOnce = 1 << 24;

    /// <summary>The type for products and widening; null if they do not support it.</summary>
    public static StoredType? Stored(this DType type) => type switch
    {
        DType.F32 => StoredType.Float32,
        DType.F16 => StoredType.Float16,
        DType.BF16 => StoredType.BFloat16,
        _ => null,
    };

    /// <summary>A matrix [rows, columns] in the mapped file, valid while the source is open.</summary>
    /// <exception cref="CheckpointException">No such tensor, a type that products do not support, or the file cannot be mapped.</exception>
    public static StoredMatrix MapMatrix(this ITensorSource source, string name, int rows, int columns)
    {
        var tensor = TensorReading.Find(source, name);
        var type = tensor.DType.Stored() ?? throw TensorReading.WrongType(source, tensor, "F32, F16, BF16");
        var bytes = source.Map(name);
        return new StoredMatrix(bytes.Address, bytes.Length, type, rows, columns);
    }

    /// <summary>Reads a whole F32, F16, BF16 or F64 tensor into a matrix of the same number of values, which may exceed the size of a span.</summary>
    /// <exception cref="CheckpointException">No such tensor, another number type, or the file is shorter than when it was opened.</exception>
    public static void ReadMatrix(this ITensorSource source, string name, Matrix matrix)
    {
        var step = Math.Max(1, NumbersAtOnce / Math.Max(1, matrix.Columns));
        for (var row = 0; row < matrix.Rows; row += step)
            source.ReadFloats(name, matrix.RowRange(row, Math.Min(step, matrix.Rows - row)).Span, (long)row * matrix.Columns);
    }
}

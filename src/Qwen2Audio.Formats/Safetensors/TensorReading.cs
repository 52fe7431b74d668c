using System.Runtime.InteropServices;

namespace Qwen2Audio.Formats.Safetensors;

/// <summary>Whole-tensor reads for every <see cref="ITensorSource"/>.</summary>
public static class TensorReading
{
    private const string IntegerTypes = "I64, I32, I16, I8, U8, BOOL";

    /// <summary>Reads a whole F32, F16, BF16 or F64 tensor, row-major, as single precision; the span must have exactly its size.</summary>
    /// <exception cref="CheckpointException">No such tensor, another number type, or the file is shorter than when it was opened.</exception>
    public static void ReadFloats(this ITensorSource source, string name, Span<float> destination)
    {
        var tensor = Find(source, name);
        if (tensor.Count != destination.Length) throw new ArgumentException(
            $"{tensor} has {tensor.Count} numbers; the destination has {destination.Length}.", nameof(destination));
        source.ReadFloats(name, destination, 0);
    }

    /// <summary>Reads a whole F32, F16, BF16 or F64 tensor, row-major, as single precision.</summary>
    /// <exception cref="CheckpointException">No such tensor, another number type, or the file is shorter than when it was opened.</exception>
    public static float[] ReadFloats(this ITensorSource source, string name)
    {
        var result = new float[Length(source, Find(source, name))];
        source.ReadFloats(name, result, 0);
        return result;
    }

    /// <summary>Reads a whole tensor of integers (or booleans as 0 and 1), row-major.</summary>
    /// <exception cref="CheckpointException">No such tensor, another number type, or the file is shorter than when it was opened.</exception>
    public static long[] ReadInt64s(this ITensorSource source, string name)
    {
        var tensor = Find(source, name);
        var result = new long[Length(source, tensor)];
        if (tensor.DType == DType.I64)
        {
            source.ReadBytes(name, MemoryMarshal.AsBytes(result.AsSpan()), 0);
            return result;
        }
        var bytes = ReadBytes(source, name);
        switch (tensor.DType)
        {
            case DType.I32: Widen(MemoryMarshal.Cast<byte, int>(bytes), result, static v => v); break;
            case DType.I16: Widen(MemoryMarshal.Cast<byte, short>(bytes), result, static v => v); break;
            case DType.I8: Widen(MemoryMarshal.Cast<byte, sbyte>(bytes), result, static v => v); break;
            case DType.U8: Widen<byte>(bytes, result, static v => v); break;
            case DType.Bool: Widen<byte>(bytes, result, static v => v == 0 ? 0 : 1); break;
            default: throw WrongType(source, tensor, IntegerTypes);
        }
        return result;
    }

    /// <summary>As <see cref="ReadInt64s"/>; each value must fit in 32 bits.</summary>
    /// <exception cref="CheckpointException">As there, or a value beyond 32 bits.</exception>
    public static int[] ReadInt32s(this ITensorSource source, string name)
    {
        var numbers = ReadInt64s(source, name);
        var result = new int[numbers.Length];
        for (var i = 0; i < numbers.Length; i++)
        {
            if (numbers[i] != (int)numbers[i]) throw new CheckpointException(source.Path, $"tensor {Display.Quote(name)}, number {i}",
                $"{numbers[i]}", "32-bit numbers");
            result[i] = (int)numbers[i];
        }
        return result;
    }

    /// <summary>Reads a whole tensor's little-endian bytes.</summary>
    /// <exception cref="CheckpointException">No such tensor, or the file is shorter than when it was opened.</exception>
    public static byte[] ReadBytes(this ITensorSource source, string name)
    {
        var tensor = Find(source, name);
        if (tensor.ByteLength > Array.MaxLength) throw TooLarge(source, tensor);
        var bytes = new byte[tensor.ByteLength];
        source.ReadBytes(name, bytes, 0);
        return bytes;
    }

    internal static TensorInfo Find(ITensorSource source, string name) => source.Tensors.TryGetValue(name, out var tensor) ? tensor
        : throw new CheckpointException(source.Path, $"tensor {Display.Quote(name)}", "no such tensor", $"one of {source.Tensors.Count} others");

    internal static void CheckRange(TensorInfo tensor, long have, long start, int want)
    {
        if (start < 0 || want > have - start) throw new ArgumentOutOfRangeException(nameof(start), $"{want} from {start} on are outside {tensor}.");
    }

    internal static CheckpointException WrongType(ITensorSource source, TensorInfo tensor, string allowed) =>
        new(source.Path, $"tensor {Display.Quote(tensor.Name)}, dtype", tensor.DType.Name(), allowed);

    private static int Length(ITensorSource source, TensorInfo tensor) =>
        tensor.Count <= Array.MaxLength ? (int)tensor.Count : throw TooLarge(source, tensor);

    private static CheckpointException TooLarge(ITensorSource source, TensorInfo tensor) => new(source.Path,
        $"tensor {Display.Quote(tensor.Name)}", $"{tensor.Count} numbers", $"at most {Array.MaxLength} in one array; read it in parts");

    private static void Widen<T>(ReadOnlySpan<T> from, long[] to, Func<T, long> widen)
    {
        for (var i = 0; i < to.Length; i++) to[i] = widen(from[i]);
    }
}

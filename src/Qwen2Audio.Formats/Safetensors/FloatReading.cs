using System.Buffers;
using System.Runtime.InteropServices;
using Qwen2Audio.Numerics.Stored;

namespace Qwen2Audio.Formats.Safetensors;

/// <summary>Reads stored values as single precision, in pieces that stay in the cache.</summary>
internal static class FloatReading
{
    private const int PieceBytes = 1 << 16;

    /// <summary>Reads a tensor's values from index <paramref name="start"/> on, in whole blocks of its type.</summary>
    public static void Read(ITensorSource source, TensorInfo tensor, Span<float> destination, long start, int maxValues = FloatBytes.MaxValues)
    {
        if (!tensor.DType.IsFloat()) throw TensorReading.WrongType(source, tensor, "F32, F16, BF16, F64");
        TensorReading.CheckRange(tensor, tensor.Count, start, destination.Length);
        var (numbers, size) = tensor.DType.Block();
        if (start % numbers != 0 || destination.Length % numbers != 0)
            throw new ArgumentOutOfRangeException(nameof(start), $"{destination.Length} numbers from {start} on are not whole blocks of {numbers} of {tensor}.");
        if (tensor.DType == DType.F32)
        {
            FloatBytes.Each(destination, (bytes, from) => source.ReadBytes(tensor.Name, bytes, (start + from) * size), maxValues);
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            for (var done = 0; done < destination.Length;)
            {
                var count = Math.Min(PieceBytes / size * numbers, destination.Length - done);
                var bytes = buffer.AsSpan(0, count / numbers * size);
                source.ReadBytes(tensor.Name, bytes, (start + done) / numbers * size);
                Convert(tensor.DType, bytes, destination.Slice(done, count));
                done += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Convert(DType type, ReadOnlySpan<byte> bytes, Span<float> to)
    {
        if (type.Stored() is { } stored) StoredWidening.Widen(stored, bytes, to);
        else if (type == DType.Q8_0) FloatConversion.FromQ8_0(bytes, to);
        else FloatConversion.FromDouble(MemoryMarshal.Cast<byte, double>(bytes), to);
    }
}

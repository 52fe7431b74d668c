using System.Buffers;
using System.Runtime.InteropServices;
using Qwen2Audio.Numerics.Stored;

namespace Qwen2Audio.Formats.Safetensors;

/// <summary>Reads stored numbers as single precision, in pieces that stay in the cache.</summary>
internal static class FloatReading
{
    private const int PieceBytes = 1 << 16;

    public static void Read(SafetensorsFile file, TensorInfo tensor, Span<float> destination, long start, int most = FloatPieces.Most)
    {
        var size = tensor.DType.Size();
        switch (tensor.DType)
        {
            case DType.F32:
                FloatPieces.Each(destination, (bytes, from) => file.ReadBytes(tensor, bytes, (start + from) * size), most);
                return;
            case DType.F16 or DType.BF16 or DType.F64:
                break;
            default:
                throw TensorReading.WrongType(file, tensor, "F32, F16, BF16, F64");
        }
        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            for (var done = 0; done < destination.Length;)
            {
                var count = Math.Min(PieceBytes / size, destination.Length - done);
                var bytes = buffer.AsSpan(0, count * size);
                file.ReadBytes(tensor, bytes, (start + done) * size);
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
        else FloatConversion.FromDouble(MemoryMarshal.Cast<byte, double>(bytes), to);
    }
}

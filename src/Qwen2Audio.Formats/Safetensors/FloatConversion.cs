using System.Buffers.Binary;
using System.Numerics;

namespace Qwen2Audio.Formats.Safetensors;

/// <summary>
/// Converts doubles and blocks to single precision, and single precision to 16 bits: rounded to nearest, ties to even, as in the reference
/// implementation.
/// </summary>
internal static class FloatConversion
{
    public static void FromDouble(ReadOnlySpan<double> from, Span<float> to)
    {
        var i = 0;
        for (var step = Vector<double>.Count; i <= from.Length - 2 * step; i += 2 * step)
            Vector.Narrow(new Vector<double>(from[i..]), new Vector<double>(from[(i + step)..])).CopyTo(to[i..]);
        for (; i < from.Length; i++) to[i] = (float)from[i];
    }

    /// <summary>Blocks of a half-precision scale and 32 signed bytes: each value is the scale times its byte, rounded once.</summary>
    public static void FromQ8_0(ReadOnlySpan<byte> from, Span<float> to)
    {
        var (numbers, size) = DType.Q8_0.Block();
        for (; !from.IsEmpty; from = from[size..], to = to[numbers..])
        {
            var scale = (float)BinaryPrimitives.ReadHalfLittleEndian(from);
            for (var i = 0; i < numbers; i++) to[i] = scale * (sbyte)from[sizeof(ushort) + i];
        }
    }

    public static void ToBFloat16(ReadOnlySpan<float> from, Span<ushort> to)
    {
        for (var i = 0; i < from.Length; i++)
        {
            var bits = BitConverter.SingleToUInt32Bits(from[i]);
            to[i] = float.IsNaN(from[i]) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
        }
    }

    public static void ToHalf(ReadOnlySpan<float> from, Span<ushort> to)
    {
        for (var i = 0; i < from.Length; i++) to[i] = BitConverter.HalfToUInt16Bits((Half)from[i]);
    }
}

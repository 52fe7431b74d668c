using System.Numerics;
using System.Runtime.InteropServices;

namespace Qwen2Audio.Formats.Safetensors;

/// <summary>
/// Single precision from and to the stored types. Widening is exact for all codes (not-a-number keeps its payload); narrowing rounds to
/// nearest, ties to even, as the reference implementation does.
/// </summary>
internal static class FloatConversion
{
    /// <summary>A single's upper half: shift it up.</summary>
    public static void FromBFloat16(ReadOnlySpan<ushort> from, Span<float> to)
    {
        var bits = MemoryMarshal.Cast<float, uint>(to);
        var i = 0;
        for (var step = Vector<ushort>.Count; i <= from.Length - step; i += step)
        {
            Vector.Widen(new Vector<ushort>(from[i..]), out var low, out var high);
            (low << 16).CopyTo(bits[i..]);
            (high << 16).CopyTo(bits[(i + step / 2)..]);
        }
        for (; i < from.Length; i++) bits[i] = (uint)from[i] << 16;
    }

    /// <summary>IEEE half to single, without a branch per number.</summary>
    public static void FromHalf(ReadOnlySpan<ushort> from, Span<float> to)
    {
        var bits = MemoryMarshal.Cast<float, uint>(to);
        var i = 0;
        for (var step = Vector<ushort>.Count; i <= from.Length - step; i += step)
        {
            Vector.Widen(new Vector<ushort>(from[i..]), out var low, out var high);
            Half(low).CopyTo(bits[i..]);
            Half(high).CopyTo(bits[(i + step / 2)..]);
        }
        for (; i < from.Length; i++) bits[i] = Half(new Vector<uint>(from[i]))[0];
    }

    public static void FromDouble(ReadOnlySpan<double> from, Span<float> to)
    {
        var i = 0;
        for (var step = Vector<double>.Count; i <= from.Length - 2 * step; i += 2 * step)
            Vector.Narrow(new Vector<double>(from[i..]), new Vector<double>(from[(i + step)..])).CopyTo(to[i..]);
        for (; i < from.Length; i++) to[i] = (float)from[i];
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

    private static Vector<uint> Half(Vector<uint> code)
    {
        var exponent = new Vector<uint>(0x0F800000);
        var shifted = (code & new Vector<uint>(0x7FFF)) << 13;
        var own = shifted & exponent;
        var rebased = shifted + new Vector<uint>((127 - 15) << 23);
        var special = rebased + new Vector<uint>((128 - 16) << 23);
        // A subnormal is its fraction times 2^-24: build 2^-14 + that, and take 2^-14 away, which is exact.
        var smallest = new Vector<uint>(113u << 23);
        var small = Vector.AsVectorUInt32(Vector.AsVectorSingle(shifted + smallest) - Vector.AsVectorSingle(smallest));
        var magnitude = Vector.ConditionalSelect(Vector.Equals(own, exponent), special,
            Vector.ConditionalSelect(Vector.Equals(own, Vector<uint>.Zero), small, rebased));
        return magnitude | ((code & new Vector<uint>(0x8000)) << 16);
    }
}

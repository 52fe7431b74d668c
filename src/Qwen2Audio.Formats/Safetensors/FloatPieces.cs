using System.Runtime.InteropServices;

namespace Qwen2Audio.Formats.Safetensors;

/// <summary>Receives the bytes of some numbers; <paramref name="start"/> is the place of the first of them among all.</summary>
public delegate void FloatPiece(Span<byte> bytes, long start);

/// <summary>Single-precision numbers as bytes: in pieces, as a span has at most 2³¹ - 1 bytes and so no more than 2²⁹ - 1 numbers.</summary>
public static class FloatPieces
{
    /// <summary>Numbers of a piece: half a gibibyte.</summary>
    internal const int Most = 1 << 27;

    /// <summary>Hands over all numbers in order, as they lie in memory.</summary>
    public static void Each(Span<float> numbers, FloatPiece take) => Each(numbers, take, Most);

    /// <summary>As the public method, at most so many numbers at a time.</summary>
    internal static void Each(Span<float> numbers, FloatPiece take, int most)
    {
        for (var start = 0L; start < numbers.Length; start += most)
            take(MemoryMarshal.AsBytes(numbers.Slice((int)start, (int)Math.Min(most, numbers.Length - start))), start);
    }
}

using System.Runtime.InteropServices;

namespace Qwen2Audio.Formats.Safetensors;

/// <summary>Receives the bytes of some values; <paramref name="start"/> is the index of the first one.</summary>
public delegate void FloatBytesAction(Span<byte> bytes, long start);

/// <summary>Single-precision values as bytes, in pieces: a span has at most 2³¹ - 1 bytes and so at most 2²⁹ - 1 values.</summary>
public static class FloatBytes
{
    /// <summary>Values per piece: half a GiB.</summary>
    internal const int MaxValues = 1 << 27;

    /// <summary>Passes on all values in order, in their memory layout.</summary>
    public static void Each(Span<float> numbers, FloatBytesAction take) => Each(numbers, take, MaxValues);

    /// <summary>As the public method, with at most this many values at a time.</summary>
    internal static void Each(Span<float> numbers, FloatBytesAction take, int maxValues)
    {
        for (var start = 0L; start < numbers.Length; start += maxValues)
            take(MemoryMarshal.AsBytes(numbers.Slice((int)start, (int)Math.Min(maxValues, numbers.Length - start))), start);
    }
}

using System.Runtime.Intrinsics.X86;

namespace Qwen2Audio.Numerics.Lanes;

/// <summary>Prefetches memory; does nothing if the processor's instruction is not supported here.</summary>
internal static unsafe class Prefetch
{
    private const int NumbersPerLine = 16;

    /// <summary>The rows [first, end) of a matrix, <paramref name="length"/> values from <paramref name="column"/> on.</summary>
    public static void Rows(in Matrix matrix, int first, int end, int column, int length)
    {
        if (!Sse.IsSupported) return;
        for (var row = first; row < end; row++)
        {
            var start = matrix.Data + (long)row * matrix.Stride + column;
            for (var i = 0; i < length; i += NumbersPerLine) Sse.Prefetch0(start + i);
        }
    }
}

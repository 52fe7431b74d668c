using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Qwen2Audio.Numerics.Sweeps;

/// <summary>Transposes rows to columns.</summary>
internal static unsafe class Transposition
{
    /// <summary>target[d · stride + i] = scale · row i [d] for four rows of <paramref name="length"/> values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FourRows(
        float* row0, float* row1, float* row2, float* row3, int length, float scale, float* target, int stride)
    {
        var d = 0;
        if (Sse.IsSupported)
        {
            var factor = Vector128.Create(scale);
            for (; d <= length - 4; d += 4)
            {
                var a = Vector128.Load(row0 + d) * factor;
                var b = Vector128.Load(row1 + d) * factor;
                var c = Vector128.Load(row2 + d) * factor;
                var e = Vector128.Load(row3 + d) * factor;
                var lowAb = Sse.UnpackLow(a, b);
                var lowCe = Sse.UnpackLow(c, e);
                var highAb = Sse.UnpackHigh(a, b);
                var highCe = Sse.UnpackHigh(c, e);
                var to = target + (long)d * stride;
                Sse.MoveLowToHigh(lowAb, lowCe).Store(to);
                Sse.MoveHighToLow(lowCe, lowAb).Store(to + stride);
                Sse.MoveLowToHigh(highAb, highCe).Store(to + 2L * stride);
                Sse.MoveHighToLow(highCe, highAb).Store(to + 3L * stride);
            }
        }

        for (; d < length; d++)
        {
            var to = target + (long)d * stride;
            to[0] = row0[d] * scale;
            to[1] = row1[d] * scale;
            to[2] = row2[d] * scale;
            to[3] = row3[d] * scale;
        }
    }
}

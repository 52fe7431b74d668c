using System.Diagnostics;
using System.Runtime.Intrinsics;

namespace Qwen2Audio.Numerics.Threads;

/// <summary>The measured peaks of this machine, against which kernels are compared.</summary>
public static unsafe class PeakMeasurement
{
    private const int Chains = 12; // more than latency × units on any core, fewer than its registers
    private const int FmaRounds = 100_000;
    private const int ReadChunk = 1 << 18; // floats, 1 MB
    private const int ReadChunks = 512;
    private const int Repeats = 5;

    /// <summary>
    /// Float32 fused multiply-adds on registers, all workers: 10⁹ operations per second, two per FMA and lane; the best of five.
    /// Measured with the widest vectors the runtime accelerates.
    /// </summary>
    public static double FusedMultiplyAddGflops(WorkerPool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        var lanes = Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4;
        var items = 8 * pool.Threads;
        return Best(pool, items, 2.0 * lanes * Chains * FmaRounds * items, &MultiplyAdds, 0);
    }

    /// <summary>Reading of a buffer larger than the caches (512 MB), all workers: 10⁹ bytes per second; the best of five.</summary>
    public static double ReadGigabytesPerSecond(WorkerPool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        using var buffer = new NativeBuffer((long)ReadChunks * ReadChunk);
        buffer.Matrix(ReadChunks, ReadChunk).Fill(1f);
        return Best(pool, ReadChunks, (double)ReadChunks * ReadChunk * sizeof(float), &Read, (nint)buffer.Data);
    }

    private static double Best(WorkerPool pool, int items, double work, delegate*<void*, int, int, void> body, nint data)
    {
        var context = stackalloc nint[] { data, 0 }; // results go to the second word, so that the work is not optimised away
        var best = 0.0;
        for (var round = 0; round < Repeats; round++)
        {
            var start = Stopwatch.GetTimestamp();
            pool.Run(items, body, context);
            best = Math.Max(best, work / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9);
        }

        return best;
    }

    private static void MultiplyAdds(void* context, int item, int worker)
    {
        var sum = Vector512.IsHardwareAccelerated ? MultiplyAdds512(item) : Vector256.IsHardwareAccelerated
            ? MultiplyAdds256(item) : MultiplyAdds128(item);
        if (sum == -1f) ((nint*)context)[1] = 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float MultiplyAdds512(int seed)
    {
        Vector512<float> x = Vector512.Create(0.999f + seed), y = Vector512.Create(1e-6f);
        Vector512<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (var round = 0; round < FmaRounds; round++)
        {
            a = Vector512.FusedMultiplyAdd(a, x, y);
            b = Vector512.FusedMultiplyAdd(b, x, y);
            c = Vector512.FusedMultiplyAdd(c, x, y);
            d = Vector512.FusedMultiplyAdd(d, x, y);
            e = Vector512.FusedMultiplyAdd(e, x, y);
            f = Vector512.FusedMultiplyAdd(f, x, y);
            g = Vector512.FusedMultiplyAdd(g, x, y);
            h = Vector512.FusedMultiplyAdd(h, x, y);
            i = Vector512.FusedMultiplyAdd(i, x, y);
            j = Vector512.FusedMultiplyAdd(j, x, y);
            k = Vector512.FusedMultiplyAdd(k, x, y);
            l = Vector512.FusedMultiplyAdd(l, x, y);
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float MultiplyAdds256(int seed)
    {
        Vector256<float> x = Vector256.Create(0.999f + seed), y = Vector256.Create(1e-6f);
        Vector256<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (var round = 0; round < FmaRounds; round++)
        {
            a = Vector256.MultiplyAddEstimate(a, x, y);
            b = Vector256.MultiplyAddEstimate(b, x, y);
            c = Vector256.MultiplyAddEstimate(c, x, y);
            d = Vector256.MultiplyAddEstimate(d, x, y);
            e = Vector256.MultiplyAddEstimate(e, x, y);
            f = Vector256.MultiplyAddEstimate(f, x, y);
            g = Vector256.MultiplyAddEstimate(g, x, y);
            h = Vector256.MultiplyAddEstimate(h, x, y);
            i = Vector256.MultiplyAddEstimate(i, x, y);
            j = Vector256.MultiplyAddEstimate(j, x, y);
            k = Vector256.MultiplyAddEstimate(k, x, y);
            l = Vector256.MultiplyAddEstimate(l, x, y);
        }

        return Vector256.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float MultiplyAdds128(int seed)
    {
        Vector128<float> x = Vector128.Create(0.999f + seed), y = Vector128.Create(1e-6f);
        Vector128<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (var round = 0; round < FmaRounds; round++)
        {
            a = Vector128.MultiplyAddEstimate(a, x, y);
            b = Vector128.MultiplyAddEstimate(b, x, y);
            c = Vector128.MultiplyAddEstimate(c, x, y);
            d = Vector128.MultiplyAddEstimate(d, x, y);
            e = Vector128.MultiplyAddEstimate(e, x, y);
            f = Vector128.MultiplyAddEstimate(f, x, y);
            g = Vector128.MultiplyAddEstimate(g, x, y);
            h = Vector128.MultiplyAddEstimate(h, x, y);
            i = Vector128.MultiplyAddEstimate(i, x, y);
            j = Vector128.MultiplyAddEstimate(j, x, y);
            k = Vector128.MultiplyAddEstimate(k, x, y);
            l = Vector128.MultiplyAddEstimate(l, x, y);
        }

        return Vector128.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Read(void* context, int item, int worker)
    {
        var data = *(float**)context + (long)item * ReadChunk;
        Vector512<float> a = default, b = default, c = default, d = default;
        for (var i = 0; i < ReadChunk; i += 64)
        {
            a += Vector512.Load(data + i);
            b += Vector512.Load(data + i + 16);
            c += Vector512.Load(data + i + 32);
            d += Vector512.Load(data + i + 48);
        }

        if (Vector512.Sum(a + b + c + d) == -1f) ((nint*)context)[1] = 1;
    }
}

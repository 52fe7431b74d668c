using System.Diagnostics;
using System.Runtime.Intrinsics;
using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Products;

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
        if (Vector512.IsHardwareAccelerated) return MultiplyAddGflops<FloatLanes512, Vector512<float>>(pool);
        return Vector256.IsHardwareAccelerated
            ? MultiplyAddGflops<FloatLanes256, Vector256<float>>(pool) : MultiplyAddGflops<FloatLanes128, Vector128<float>>(pool);
    }

    /// <summary>Reading of a buffer larger than the caches (512 MB), all workers: 10⁹ bytes per second; the best of five.</summary>
    public static double ReadGigabytesPerSecond(WorkerPool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        using var buffer = new NativeBuffer((long)ReadChunks * ReadChunk);
        buffer.Matrix(ReadChunks, ReadChunk).Fill(1f);
        return Best(pool, ReadChunks, (double)ReadChunks * ReadChunk * sizeof(float), &Read, (nint)buffer.Data);
    }

    private static double MultiplyAddGflops<TLanes, TVector>(WorkerPool pool)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var items = 8 * pool.Threads;
        return Best(pool, items, 2.0 * TLanes.Count * Chains * FmaRounds * items, &MultiplyAdds<TLanes, TVector>, 0);
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyAdds<TLanes, TVector>(void* context, int item, int worker)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        TVector x = TLanes.Broadcast(0.999f + item), y = TLanes.Broadcast(1e-6f);
        TVector a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (var round = 0; round < FmaRounds; round++)
        {
            a = TLanes.MultiplyAdd(a, x, y);
            b = TLanes.MultiplyAdd(b, x, y);
            c = TLanes.MultiplyAdd(c, x, y);
            d = TLanes.MultiplyAdd(d, x, y);
            e = TLanes.MultiplyAdd(e, x, y);
            f = TLanes.MultiplyAdd(f, x, y);
            g = TLanes.MultiplyAdd(g, x, y);
            h = TLanes.MultiplyAdd(h, x, y);
            i = TLanes.MultiplyAdd(i, x, y);
            j = TLanes.MultiplyAdd(j, x, y);
            k = TLanes.MultiplyAdd(k, x, y);
            l = TLanes.MultiplyAdd(l, x, y);
        }

        // added one by one: in an array they would stay in memory during the loop too
        var first = TLanes.Add(TLanes.Add(TLanes.Add(a, b), TLanes.Add(c, d)), TLanes.Add(e, f));
        var second = TLanes.Add(TLanes.Add(TLanes.Add(g, h), TLanes.Add(i, j)), TLanes.Add(k, l));
        if (TLanes.Sum(TLanes.Add(first, second)) == -1f) ((nint*)context)[1] = 1;
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

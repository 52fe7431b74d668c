using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Time;

/// <summary>
/// Gradient of the input of a convolution with a stride: target[i · stride + t − padLeft] += tap t · source[i], computed row by row of the target.
/// </summary>
internal static unsafe class DepthwiseSpread<TLanes, TVector>
    where TLanes : struct, IFloatLanes<TVector>
    where TVector : struct
{
    private const int RowsPerItem = 32;

    public static void Run(WorkerPool pool, DepthwiseJob job)
    {
        job.Pack(pool.Scratch(pool.Threads, (job.Windows.Taps + 1L) * job.Channels), job.Channels, flip: false);
        pool.Run((job.Target.Rows + RowsPerItem - 1) / RowsPerItem, &Item, &job);
    }

    private static void Item(void* context, int item, int worker)
    {
        ref var job = ref *(DepthwiseJob*)context;
        var (taps, stride, padLeft, _) = job.Windows;
        for (var s = 0; s < job.Sequences; s++)
        {
            var first = job.TargetStarts[s];
            var sources = job.SourceStarts[s + 1] - job.SourceStarts[s];
            var to = Math.Min((item + 1) * RowsPerItem, job.TargetStarts[s + 1]);
            for (var row = Math.Max(item * RowsPerItem, first); row < to; row++)
            {
                var place = row - first + padLeft; // = i · stride + t
                for (var t = place % stride; t < taps && t <= place; t += stride)
                {
                    var i = (place - t) / stride;
                    if (i >= sources) continue;
                    AddProduct(
                        job.Source.Data + (long)(job.SourceStarts[s] + i) * job.Source.Stride, job.Taps + (long)t * job.Channels,
                        job.Target.Data + (long)row * job.Target.Stride, job.Channels);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddProduct(float* a, float* b, float* target, int length)
    {
        var c = 0;
        for (; c <= length - TLanes.Count; c += TLanes.Count)
            TLanes.Store(TLanes.MultiplyAdd(TLanes.Load(a + c), TLanes.Load(b + c), TLanes.Load(target + c)), target + c);
        for (; c < length; c++) target[c] += a[c] * b[c];
    }
}

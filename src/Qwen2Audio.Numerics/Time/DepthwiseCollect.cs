using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Time;

/// <summary>
/// Gradients of kernel and bias: kernel[c, t] += Σ_i target[i, c] · source[i · stride + t − padLeft, c], bias[c] += Σ_i target[i, c]. One
/// item owns a vector of channels, so that each sum has a fixed order.
/// </summary>
internal static unsafe class DepthwiseCollect<TLanes, TVector>
    where TLanes : struct, IFloatLanes<TVector>
    where TVector : struct
{
    private const int TapsPerTile = 8;

    public static void Run(WorkerPool pool, DepthwiseJob job)
    {
        // the last channels, if a row is not a whole number of vectors
        var columns = job.Channels % TLanes.Count == 0 ? 0 : (long)(job.Source.Rows + job.Target.Rows) * TLanes.Count;
        var scratch = stackalloc float*[1];
        scratch[0] = pool.Scratch(pool.Threads, columns);
        job.Scratch = scratch;
        pool.Run((job.Channels + TLanes.Count - 1) / TLanes.Count, &Item, &job);
    }

    private static void Item(void* context, int item, int worker)
    {
        ref var job = ref *(DepthwiseJob*)context;
        var channel = item * TLanes.Count;
        var channels = Math.Min(TLanes.Count, job.Channels - channel);
        var source = job.Source.ColumnRange(channel, channels);
        var target = job.Target.ColumnRange(channel, channels);
        if (channels < TLanes.Count)
        {
            source = Pad(source, job.Scratch[0]);
            target = Pad(target, job.Scratch[0] + (long)source.Rows * TLanes.Count);
        }

        var sums = stackalloc float[TapsPerTile * TLanes.Count];
        for (var t = 0; t < job.Windows.Taps && !job.Kernel.IsNull; t += TapsPerTile)
        {
            new Span<float>(sums, TapsPerTile * TLanes.Count).Clear();
            var taps = Math.Min(TapsPerTile, job.Windows.Taps - t);
            for (var s = 0; s < job.Sequences; s++) Sequence(job, s, source, target, t, taps, sums);
            for (var i = 0; i < taps; i++)
            {
                for (var c = 0; c < channels; c++) job.Kernel.Row(channel + c)[t + i] += sums[i * TLanes.Count + c];
            }
        }

        if (job.Bias.IsNull) return;
        new Span<float>(sums, TLanes.Count).Clear();
        for (var s = 0; s < job.Sequences; s++)
            Add(target.Data + (long)job.TargetStarts[s] * target.Stride, target.Stride, job.TargetStarts[s + 1] - job.TargetStarts[s], sums);
        for (var c = 0; c < channels; c++) job.Bias.Row(0)[channel + c] += sums[c];
    }

    private static void Sequence(in DepthwiseJob job, int s, Matrix source, Matrix target, int tap, int taps, float* sums)
    {
        var stride = job.Windows.Stride;
        var shift = tap - job.Windows.PadLeft;
        var length = job.SourceStarts[s + 1] - job.SourceStarts[s];
        var rows = job.TargetStarts[s + 1] - job.TargetStarts[s];
        var from = source.Data + (long)job.SourceStarts[s] * source.Stride;
        var to = target.Data + (long)job.TargetStarts[s] * target.Stride;

        // rows of the target for which all eight taps lie within the sequence; of fewer taps the last sums are of no use
        var first = Math.Min(rows, shift >= 0 ? 0 : (-shift + stride - 1) / stride);
        var last = length - shift - TapsPerTile;
        var end = last < 0 ? first : Math.Clamp(last / stride + 1, first, rows);
        Edge(from, source.Stride, to, target.Stride, 0, first, stride, shift, length, taps, sums);
        if (end > first)
        {
            Tile(
                from + (long)(first * stride + shift) * source.Stride, source.Stride, (long)stride * source.Stride,
                to + (long)first * target.Stride, target.Stride, end - first, sums);
        }

        Edge(from, source.Stride, to, target.Stride, end, rows, stride, shift, length, taps, sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Edge(
        float* source, long sourceStride, float* target, long targetStride, int first, int end, int stride, int shift, int length, int taps,
        float* sums)
    {
        for (var i = first; i < end; i++)
        {
            var slope = TLanes.Load(target + i * targetStride);
            var place = i * stride + shift;
            var lastTap = Math.Min(taps, length - place);
            for (var t = Math.Max(0, -place); t < lastTap; t++)
            {
                var sum = sums + t * TLanes.Count;
                TLanes.Store(TLanes.MultiplyAdd(slope, TLanes.Load(source + (place + t) * sourceStride), TLanes.Load(sum)), sum);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile(float* source, long tapStep, long rowStep, float* target, long targetStride, int rows, float* sums)
    {
        var width = TLanes.Count;
        var c0 = TLanes.Load(sums);
        var c1 = TLanes.Load(sums + width);
        var c2 = TLanes.Load(sums + 2 * width);
        var c3 = TLanes.Load(sums + 3 * width);
        var c4 = TLanes.Load(sums + 4 * width);
        var c5 = TLanes.Load(sums + 5 * width);
        var c6 = TLanes.Load(sums + 6 * width);
        var c7 = TLanes.Load(sums + 7 * width);
        var fourth = source + 4 * tapStep;
        for (var i = 0; i < rows; i++)
        {
            var slope = TLanes.Load(target);
            c0 = TLanes.MultiplyAdd(slope, TLanes.Load(source), c0);
            c1 = TLanes.MultiplyAdd(slope, TLanes.Load(source + tapStep), c1);
            c2 = TLanes.MultiplyAdd(slope, TLanes.Load(source + 2 * tapStep), c2);
            c3 = TLanes.MultiplyAdd(slope, TLanes.Load(source + 3 * tapStep), c3);
            c4 = TLanes.MultiplyAdd(slope, TLanes.Load(fourth), c4);
            c5 = TLanes.MultiplyAdd(slope, TLanes.Load(fourth + tapStep), c5);
            c6 = TLanes.MultiplyAdd(slope, TLanes.Load(fourth + 2 * tapStep), c6);
            c7 = TLanes.MultiplyAdd(slope, TLanes.Load(fourth + 3 * tapStep), c7);
            target += targetStride;
            source += rowStep;
            fourth += rowStep;
        }

        TLanes.Store(c0, sums);
        TLanes.Store(c1, sums + width);
        TLanes.Store(c2, sums + 2 * width);
        TLanes.Store(c3, sums + 3 * width);
        TLanes.Store(c4, sums + 4 * width);
        TLanes.Store(c5, sums + 5 * width);
        TLanes.Store(c6, sums + 6 * width);
        TLanes.Store(c7, sums + 7 * width);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(float* rows, long stride, int count, float* sums)
    {
        var sum = TLanes.Load(sums);
        for (var i = 0; i < count; i++) sum = TLanes.Add(sum, TLanes.Load(rows + i * stride));
        TLanes.Store(sum, sums);
    }

    private static Matrix Pad(Matrix columns, float* memory)
    {
        var padded = new Matrix(memory, columns.Rows, TLanes.Count, TLanes.Count);
        for (var i = 0; i < columns.Rows; i++)
        {
            columns.Row(i).CopyTo(padded.Row(i));
            padded.Row(i)[columns.Columns..].Clear();
        }

        return padded;
    }
}

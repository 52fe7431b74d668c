using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Time;

/// <summary>target[i] (=|+=) start + Σ_t tap t · source[i · stride + t − padLeft], eight rows of one vector of channels at a time.</summary>
internal static unsafe class DepthwiseSlide<TLanes, TVector>
    where TLanes : struct, IFloatLanes<TVector>
    where TVector : struct
{
    private const int RowsPerTile = 8;
    private const int RowsPerItem = 64;

    public static void Run(WorkerPool pool, DepthwiseJob job, bool flip)
    {
        var padded = Padded(job.Channels);
        job.Pack(pool.Scratch(pool.Threads, (job.Windows.Taps + 1L) * padded), padded, flip);
        var scratch = stackalloc float*[pool.Threads];
        for (var i = 0; i < pool.Threads; i++) scratch[i] = pool.Scratch(i, (long)(RowsPerTile + WindowRows(job.Windows)) * padded);
        job.Scratch = scratch;
        pool.Run((job.Target.Rows + RowsPerItem - 1) / RowsPerItem, &Item, &job);
    }

    private static int Padded(int channels) => (channels + TLanes.Count - 1) / TLanes.Count * TLanes.Count;

    private static int WindowRows(in Windows windows) => (RowsPerTile - 1) * windows.Stride + windows.Taps;

    private static void Item(void* context, int item, int worker)
    {
        ref var job = ref *(DepthwiseJob*)context;
        for (var s = 0; s < job.Sequences; s++)
        {
            var first = job.TargetStarts[s];
            var from = Math.Max(item * RowsPerItem, first);
            var to = Math.Min((item + 1) * RowsPerItem, job.TargetStarts[s + 1]);
            for (var row = from; row < to; row += RowsPerTile)
                Rows(job, s, row - first, Math.Min(RowsPerTile, to - row), job.Scratch[worker]);
        }
    }

    private static void Rows(in DepthwiseJob job, int sequence, int row, int rows, float* scratch)
    {
        var channels = job.Channels;
        var padded = Padded(channels);
        var place = row * job.Windows.Stride - job.Windows.PadLeft;
        var windowRows = WindowRows(job.Windows);
        var whole = rows == RowsPerTile && padded == channels;
        var target = job.Target.Data + (long)(job.TargetStarts[sequence] + row) * job.Target.Stride;
        var length = job.SourceStarts[sequence + 1] - job.SourceStarts[sequence];
        var source = job.Source.Data + (long)(job.SourceStarts[sequence] + place) * job.Source.Stride;
        long sourceStride = job.Source.Stride;
        if (!whole || place < 0 || place + windowRows > length)
        {
            source = scratch;
            sourceStride = padded;
            job.CopyWindow(sequence, place, windowRows, padded, source);
        }

        var output = whole ? target : scratch + (long)windowRows * padded;
        long outputStride = whole ? job.Target.Stride : padded;
        for (var c = 0; c < padded; c += TLanes.Count)
        {
            Tile(
                source + c, sourceStride, job.Windows.Stride * sourceStride, job.Taps + c, padded, job.Windows.Taps, job.Start + c,
                output + c, outputStride, whole && job.Add);
        }

        for (var i = 0; !whole && i < rows; i++)
        {
            var result = new ReadOnlySpan<float>(output + (long)i * padded, channels);
            var there = new Span<float>(target + (long)i * job.Target.Stride, channels);
            if (!job.Add) result.CopyTo(there);
            else for (var c = 0; c < channels; c++) there[c] += result[c];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile(
        float* source, long tapStep, long rowStep, float* taps, long padded, int count, float* start, float* target, long stride, bool add)
    {
        var c0 = TLanes.Load(start);
        TVector c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0;
        var fourth = source + 4 * rowStep;
        for (var t = 0; t < count; t++)
        {
            var tap = TLanes.Load(taps);
            c0 = TLanes.MultiplyAdd(tap, TLanes.Load(source), c0);
            c1 = TLanes.MultiplyAdd(tap, TLanes.Load(source + rowStep), c1);
            c2 = TLanes.MultiplyAdd(tap, TLanes.Load(source + 2 * rowStep), c2);
            c3 = TLanes.MultiplyAdd(tap, TLanes.Load(source + 3 * rowStep), c3);
            c4 = TLanes.MultiplyAdd(tap, TLanes.Load(fourth), c4);
            c5 = TLanes.MultiplyAdd(tap, TLanes.Load(fourth + rowStep), c5);
            c6 = TLanes.MultiplyAdd(tap, TLanes.Load(fourth + 2 * rowStep), c6);
            c7 = TLanes.MultiplyAdd(tap, TLanes.Load(fourth + 3 * rowStep), c7);
            taps += padded;
            source += tapStep;
            fourth += tapStep;
        }

        if (add)
        {
            c0 = TLanes.Add(TLanes.Load(target), c0);
            c1 = TLanes.Add(TLanes.Load(target + stride), c1);
            c2 = TLanes.Add(TLanes.Load(target + 2 * stride), c2);
            c3 = TLanes.Add(TLanes.Load(target + 3 * stride), c3);
            c4 = TLanes.Add(TLanes.Load(target + 4 * stride), c4);
            c5 = TLanes.Add(TLanes.Load(target + 5 * stride), c5);
            c6 = TLanes.Add(TLanes.Load(target + 6 * stride), c6);
            c7 = TLanes.Add(TLanes.Load(target + 7 * stride), c7);
        }

        TLanes.Store(c0, target);
        TLanes.Store(c1, target + stride);
        TLanes.Store(c2, target + 2 * stride);
        TLanes.Store(c3, target + 3 * stride);
        TLanes.Store(c4, target + 4 * stride);
        TLanes.Store(c5, target + 5 * stride);
        TLanes.Store(c6, target + 6 * stride);
        TLanes.Store(c7, target + 7 * stride);
    }
}

using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Attention;

/// <summary>
/// The forward pass over one block: scores of all visible keys (one key per row, one query row per lane), softmax in each lane with the
/// maximum subtracted, then the products with the values, a few keys at a time so that they stay in the first-level cache.
/// </summary>
internal static unsafe class AttentionForward<TLanes, TVector>
    where TLanes : struct, IFloatLanes<TVector>
    where TVector : struct
{
    private const int KeysPerStep = 128;

    private static int RowsPerBlock => 2 * TLanes.Count;

    public static void Run(WorkerPool pool, AttentionJob job)
    {
        job.RowsPerBlock = RowsPerBlock;
        var padded = Padded(job.Shape.HeadDim);
        job.PartLength = RowsPerBlock * (padded + 2);
        var (items, parts) = (0, 0);
        for (var s = 0; s < job.Count; s++)
        {
            items += job.Items(s);
            if (job.PartCount(s) is > 1 and var count) parts += job.Shape.KvHeads * count;
        }

        var indexLength = 2 * (job.Count + 1);
        var shared = pool.Scratch(pool.Threads, indexLength + (long)parts * job.PartLength);
        job.FirstItem = (int*)shared;
        job.FirstPart = job.FirstItem + job.Count + 1;
        job.Parts = shared + indexLength;
        job.FirstItem[0] = job.FirstPart[0] = 0;
        for (var s = 0; s < job.Count; s++)
        {
            job.FirstItem[s + 1] = job.FirstItem[s] + job.Items(s);
            job.FirstPart[s + 1] = job.FirstPart[s] + (job.PartCount(s) is > 1 and var count ? job.Shape.KvHeads * count : 0);
        }

        var scratch = stackalloc float*[pool.Threads];
        for (var i = 0; i < pool.Threads; i++) scratch[i] = pool.Scratch(i, Scratch.Length(job.Shape.HeadDim, job.LongestKeys()));
        job.Scratch = scratch;
        pool.Run(items, &Item, &job);
        if (parts > 0) pool.Run(job.Count * job.Shape.KvHeads, &CombineItem, &job);
    }

    private static int Padded(int dim) => (dim + TLanes.Count - 1) / TLanes.Count * TLanes.Count;

    private static void Item(void* context, int item, int worker)
    {
        var job = (AttentionJob*)context;
        var segment = job->SegmentOf(item);
        var index = item - job->FirstItem[segment];
        var scratch = new Scratch(job->Scratch[worker], job->Shape.HeadDim);
        if (job->PartCount(segment) is > 1 and var count)
        {
            for (var head = 0; head < job->Shape.KvHeads; head++) Part(job, segment, head, index, count, scratch);
            return;
        }

        var blocks = job->Blocks(segment);
        var (kvHead, number) = Math.DivRem(index, blocks);
        var block = new AttentionBlock<TLanes, TVector>(job, segment, kvHead, blocks - 1 - number, scratch.Lanes); // causal: the longest first
        var (first, end) = block.VisibleKeys;
        Attend(job, segment, block, first, end, scratch);
        Finish(job, segment, block, scratch);
    }

    private static void Part(AttentionJob* job, int segment, int kvHead, int index, int count, Scratch scratch)
    {
        var block = new AttentionBlock<TLanes, TVector>(job, segment, kvHead, 0, scratch.Lanes);
        var (first, end) = block.VisibleKeys;
        first += index * job->KeysPerPart;
        scratch.Maxima = job->Parts + (long)(job->FirstPart[segment] + kvHead * count + index) * job->PartLength;
        scratch.Sums = scratch.Maxima + RowsPerBlock;
        scratch.Output = scratch.Sums + RowsPerBlock;
        Attend(job, segment, block, first, Math.Min(end, first + job->KeysPerPart), scratch);
    }

    private static void Attend(
        AttentionJob* job, int segment, in AttentionBlock<TLanes, TVector> block, int first, int end, in Scratch scratch)
    {
        ref var s = ref job->Segments[segment];
        var dim = job->Shape.HeadDim;
        var padded = Padded(dim);
        block.PackTransposed(s.Q, job->Shape.Scale, scratch.Queries);
        block.Positions(scratch.Positions);
        var (scoreStep, step) = block.Vectors == 1 ? (16, 32) : (end - first, KeysPerStep);
        for (var key = first; key < end; key += scoreStep)
        {
            var next = Math.Min(key + scoreStep, end);
            if (block.Vectors == 1) block.PrefetchKeys(next < end ? s.K : s.V, next < end ? next : first, scoreStep, end);
            block.Scores(scratch.Queries, scratch.Positions, key, next, scratch.Scores + (long)(key - first) * block.Width);
        }

        for (var lane = 0; lane < block.Width; lane += TLanes.Count)
        {
            TLanes.Store(Maximum(scratch.Scores + lane, end - first, block.Width), scratch.Maxima + lane);
            TLanes.Store(TLanes.Zero, scratch.Sums + lane);
        }

        if (first == end) new Span<float>(scratch.Output, RowsPerBlock * padded).Clear();
        for (var key = first; key < end; key += step)
        {
            var keys = Math.Min(step, end - key);
            if (block.Vectors == 1) block.PrefetchKeys(s.V, key + step, step, end);
            var weights = scratch.Scores + (long)(key - first) * block.Width;
            for (var lane = 0; lane < block.Width; lane += TLanes.Count)
                Exponentials(weights + lane, keys, block.Width, scratch.Maxima + lane, scratch.Sums + lane);
            var values = block.Key(s.V, key);
            long stride = s.V.Stride;
            if (padded != dim)
            {
                Pad(values, stride, keys, dim, scratch.Values, padded);
                values = scratch.Values;
                stride = padded;
            }

            PanelProduct<TLanes, TVector>.Multiply(
                new(weights, 1, block.Width, block.Rows), values, stride, keys, padded / TLanes.Count, scratch.Output, padded, key > first);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static TVector Maximum(float* scores, int keys, int width)
    {
        var even = TLanes.Broadcast(float.NegativeInfinity);
        var odd = even;
        var key = 0;
        for (; key < keys - 1; key += 2, scores += 2 * width)
        {
            even = TLanes.Max(even, TLanes.Load(scores));
            odd = TLanes.Max(odd, TLanes.Load(scores + width));
        }

        return TLanes.Max(key < keys ? TLanes.Max(even, TLanes.Load(scores)) : even, odd);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Exponentials(float* scores, int keys, int width, float* maxima, float* sums)
    {
        var max = TLanes.Load(maxima);
        max = TLanes.SelectLess(max, TLanes.Broadcast(float.MinValue), TLanes.Zero, max); // no visible key: all weights become 0
        var sum = TLanes.Load(sums);
        for (var key = 0; key < keys; key++, scores += width)
        {
            var weight = LaneFunctions.Exp<TLanes, TVector>(TLanes.Subtract(TLanes.Load(scores), max));
            sum = TLanes.Add(sum, weight);
            TLanes.Store(weight, scores);
        }

        TLanes.Store(sum, sums);
    }

    /// <summary>Copies rows and pads them with zeros up to the width.</summary>
    public static void Pad(float* source, long stride, int rows, int columns, float* target, int width)
    {
        for (var row = 0; row < rows; row++, source += stride, target += width)
        {
            new ReadOnlySpan<float>(source, columns).CopyTo(new Span<float>(target, columns));
            new Span<float>(target + columns, width - columns).Clear();
        }
    }

    /// <summary>Writes weighted sums divided by the sums of the weights.</summary>
    private static void Finish(AttentionJob* job, int segment, in AttentionBlock<TLanes, TVector> block, in Scratch scratch)
    {
        ref var s = ref job->Segments[segment];
        var dim = job->Shape.HeadDim;
        var padded = Padded(dim);
        Close(scratch.Maxima, scratch.Sums, block.Width);
        for (var row = 0; row < block.Rows; row++)
        {
            AttentionBlock<TLanes, TVector>.CopyScaled(scratch.Output + (long)row * padded, dim, scratch.Sums[row], block.Row(s.Y, row));
            if (!s.LogSumExp.IsNull)
                s.LogSumExp.Data[(long)block.Head(row) * s.LogSumExp.Stride + block.Query(row)] = scratch.Maxima[row];
        }
    }

    /// <summary>Sums become 1 / sum, or 0 for a row without a key; maxima become the logarithms of the sums of exponentials.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Close(float* maxima, float* sums, int width)
    {
        for (var lane = 0; lane < width; lane += TLanes.Count)
        {
            var sum = TLanes.Load(sums + lane);
            var inverse = TLanes.Divide(TLanes.Broadcast(1f), sum);
            TLanes.Store(TLanes.SelectLess(sum, TLanes.Broadcast(float.Epsilon), TLanes.Zero, inverse), sums + lane);
            TLanes.Store(TLanes.Add(TLanes.Load(maxima + lane), TLanes.Log(sum)), maxima + lane);
        }
    }

    /// <summary>Combines the parts of one key/value head, in order.</summary>
    private static void CombineItem(void* context, int item, int worker)
    {
        var job = (AttentionJob*)context;
        var segment = item / job->Shape.KvHeads;
        var count = job->PartCount(segment);
        if (count == 1) return;
        var kvHead = item % job->Shape.KvHeads;
        var scratch = new Scratch(job->Scratch[worker], job->Shape.HeadDim);
        var block = new AttentionBlock<TLanes, TVector>(job, segment, kvHead, 0, scratch.Lanes);
        var part = job->Parts + (long)(job->FirstPart[segment] + kvHead * count) * job->PartLength;
        var padded = Padded(job->Shape.HeadDim);
        for (var lane = 0; lane < block.Width; lane += TLanes.Count)
        {
            TLanes.Store(Maximum(part + lane, count, job->PartLength), scratch.Maxima + lane);
            TLanes.Store(TLanes.Zero, scratch.Sums + lane);
        }

        new Span<float>(scratch.Output, block.Rows * padded).Clear();
        for (var i = 0; i < count; i++, part += job->PartLength)
        {
            Factors(part, scratch.Maxima, block.Width, scratch.Positions, scratch.Sums);
            for (var row = 0; row < block.Rows; row++)
            {
                var place = (long)row * padded;
                AttentionBlock<TLanes, TVector>.AddScaled(part + 2 * RowsPerBlock + place, scratch.Positions[row], padded, scratch.Output + place);
            }
        }

        Finish(job, segment, block, scratch);
    }

    /// <summary>e^(maximum of the part − maximum of all): the weight of the part in a lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Factors(float* part, float* maxima, int width, float* factors, float* sums)
    {
        for (var lane = 0; lane < width; lane += TLanes.Count)
        {
            var max = TLanes.Load(maxima + lane);
            max = TLanes.SelectLess(max, TLanes.Broadcast(float.MinValue), TLanes.Zero, max);
            var factor = LaneFunctions.Exp<TLanes, TVector>(TLanes.Subtract(TLanes.Load(part + lane), max));
            TLanes.Store(factor, factors + lane);
            TLanes.Store(TLanes.MultiplyAdd(factor, TLanes.Load(part + RowsPerBlock + lane), TLanes.Load(sums + lane)), sums + lane);
        }
    }

    /// <summary>An item's buffers in its worker's scratch memory.</summary>
    private struct Scratch
    {
        public int* Lanes; // two ints per lane
        public float* Queries; // [dim, lanes]
        public float* Positions; // one per lane
        public float* Maxima;
        public float* Sums;
        public float* Output; // [rows, padded dim]
        public float* Values; // [keys of a step, padded dim], if dim is not a multiple of the lanes
        public float* Scores; // [keys rounded up, lanes]

        public Scratch(float* memory, int dim)
        {
            Lanes = (int*)memory;
            Queries = memory + 2L * RowsPerBlock;
            Positions = Queries + (long)dim * RowsPerBlock;
            Maxima = Positions + RowsPerBlock;
            Sums = Maxima + RowsPerBlock;
            Output = Sums + RowsPerBlock;
            Values = Output + (long)RowsPerBlock * Padded(dim);
            Scores = Values + (long)KeysPerStep * Padded(dim);
        }

        public static long Length(int dim, int keys) =>
            RowsPerBlock * (dim + 5L + Padded(dim) + keys + PanelProduct<TLanes, TVector>.RowGroup) + (long)KeysPerStep * Padded(dim);
    }
}

using System.Runtime.CompilerServices;
using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Attention;

/// <summary>
/// The forward pass over one block: scores of all visible keys (one key per row, one query row per lane), softmax in each lane with the
/// maximum subtracted, then the products with the values, a few keys at a time so that they stay in the nearest cache.
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
        for (var i = 0; i < pool.Threads; i++) scratch[i] = pool.Scratch(i, Room.Length(job.Shape.HeadDim, job.LongestKeys()));
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
        var room = new Room(job->Scratch[worker], job->Shape.HeadDim);
        if (job->PartCount(segment) is > 1 and var count)
        {
            for (var head = 0; head < job->Shape.KvHeads; head++) Part(job, segment, head, index, count, room);
            return;
        }

        var blocks = job->Blocks(segment);
        var (kvHead, number) = Math.DivRem(index, blocks);
        var block = new AttentionBlock<TLanes, TVector>(job, segment, kvHead, blocks - 1 - number, room.Lanes); // causal: the longest first
        var (first, end) = block.VisibleKeys;
        Attend(job, segment, block, first, end, room);
        Finish(job, segment, block, room);
    }

    private static void Part(AttentionJob* job, int segment, int kvHead, int index, int count, Room room)
    {
        var block = new AttentionBlock<TLanes, TVector>(job, segment, kvHead, 0, room.Lanes);
        var (first, end) = block.VisibleKeys;
        first += index * job->KeysPerPart;
        room.Maxima = job->Parts + (long)(job->FirstPart[segment] + kvHead * count + index) * job->PartLength;
        room.Sums = room.Maxima + RowsPerBlock;
        room.Output = room.Sums + RowsPerBlock;
        Attend(job, segment, block, first, Math.Min(end, first + job->KeysPerPart), room);
    }

    private static void Attend(
        AttentionJob* job, int segment, in AttentionBlock<TLanes, TVector> block, int first, int end, in Room room)
    {
        ref var s = ref job->Segments[segment];
        var dim = job->Shape.HeadDim;
        var padded = Padded(dim);
        block.PackTransposed(s.Q, job->Shape.Scale, room.Queries);
        block.Positions(room.Positions);
        var (scoreStep, step) = block.Vectors == 1 ? (16, 32) : (end - first, KeysPerStep);
        for (var key = first; key < end; key += scoreStep)
        {
            var next = Math.Min(key + scoreStep, end);
            if (block.Vectors == 1) block.PrefetchKeys(next < end ? s.K : s.V, next < end ? next : first, scoreStep, end);
            block.Scores(room.Queries, room.Positions, key, next, room.Scores + (long)(key - first) * block.Width);
        }

        for (var lane = 0; lane < block.Width; lane += TLanes.Count)
        {
            TLanes.Store(Maximum(room.Scores + lane, end - first, block.Width), room.Maxima + lane);
            TLanes.Store(TLanes.Zero, room.Sums + lane);
        }

        if (first == end) new Span<float>(room.Output, RowsPerBlock * padded).Clear();
        for (var key = first; key < end; key += step)
        {
            var keys = Math.Min(step, end - key);
            if (block.Vectors == 1) block.PrefetchKeys(s.V, key + step, step, end);
            var weights = room.Scores + (long)(key - first) * block.Width;
            for (var lane = 0; lane < block.Width; lane += TLanes.Count)
                Exponentials(weights + lane, keys, block.Width, room.Maxima + lane, room.Sums + lane);
            var values = block.Key(s.V, key);
            long stride = s.V.Stride;
            if (padded != dim)
            {
                Pad(values, stride, keys, dim, room.Values, padded);
                values = room.Values;
                stride = padded;
            }

            PanelProduct<TLanes, TVector>.Multiply(
                new(weights, 1, block.Width, block.Rows), values, stride, keys, padded / TLanes.Count, room.Output, padded, key > first);
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

    /// <summary>Copies rows and fills them with zeros up to the width.</summary>
    public static void Pad(float* source, long stride, int rows, int columns, float* target, int width)
    {
        for (var row = 0; row < rows; row++, source += stride, target += width)
        {
            new ReadOnlySpan<float>(source, columns).CopyTo(new Span<float>(target, columns));
            new Span<float>(target + columns, width - columns).Clear();
        }
    }

    /// <summary>Writes weighted sums divided by the sums of the weights.</summary>
    private static void Finish(AttentionJob* job, int segment, in AttentionBlock<TLanes, TVector> block, in Room room)
    {
        ref var s = ref job->Segments[segment];
        var dim = job->Shape.HeadDim;
        var padded = Padded(dim);
        Close(room.Maxima, room.Sums, block.Width);
        for (var row = 0; row < block.Rows; row++)
        {
            AttentionBlock<TLanes, TVector>.CopyScaled(room.Output + (long)row * padded, dim, room.Sums[row], block.Row(s.Y, row));
            if (!s.LogSumExp.IsNull)
                s.LogSumExp.Data[(long)block.Head(row) * s.LogSumExp.Stride + block.Query(row)] = room.Maxima[row];
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

    /// <summary>Joins the parts of one key/value head, the first part first.</summary>
    private static void CombineItem(void* context, int item, int worker)
    {
        var job = (AttentionJob*)context;
        var segment = item / job->Shape.KvHeads;
        var count = job->PartCount(segment);
        if (count == 1) return;
        var kvHead = item % job->Shape.KvHeads;
        var room = new Room(job->Scratch[worker], job->Shape.HeadDim);
        var block = new AttentionBlock<TLanes, TVector>(job, segment, kvHead, 0, room.Lanes);
        var part = job->Parts + (long)(job->FirstPart[segment] + kvHead * count) * job->PartLength;
        var padded = Padded(job->Shape.HeadDim);
        for (var lane = 0; lane < block.Width; lane += TLanes.Count)
        {
            TLanes.Store(Maximum(part + lane, count, job->PartLength), room.Maxima + lane);
            TLanes.Store(TLanes.Zero, room.Sums + lane);
        }

        new Span<float>(room.Output, block.Rows * padded).Clear();
        for (var i = 0; i < count; i++, part += job->PartLength)
        {
            Factors(part, room.Maxima, block.Width, room.Positions, room.Sums);
            for (var row = 0; row < block.Rows; row++)
            {
                var place = (long)row * padded;
                AttentionBlock<TLanes, TVector>.AddScaled(part + 2 * RowsPerBlock + place, room.Positions[row], padded, room.Output + place);
            }
        }

        Finish(job, segment, block, room);
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
    private struct Room
    {
        public int* Lanes; // two numbers per lane
        public float* Queries; // [dim, lanes]
        public float* Positions; // one per lane
        public float* Maxima;
        public float* Sums;
        public float* Output; // [rows, padded dim]
        public float* Values; // [keys of a step, padded dim], if dim is not a multiple of the lanes
        public float* Scores; // [keys rounded up, lanes]

        public Room(float* memory, int dim)
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

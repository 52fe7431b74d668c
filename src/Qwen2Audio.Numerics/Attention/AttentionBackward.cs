using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Attention;

/// <summary>
/// The backward pass: one work item is a key/value head of a segment with all query heads that share it, block by block, so that the
/// gradients of keys and values are summed in a fixed order. Per block: P = exp(scores − logSumExp), S = P ∘ (dY·Vᵀ − Σ_keys P ∘ dY·Vᵀ),
/// dQ = S·K, dK += Sᵀ·Q, dV += Pᵀ·dY.
/// </summary>
internal static unsafe class AttentionBackward<TLanes, TVector>
    where TLanes : struct, IFloatLanes<TVector>
    where TVector : struct
{
    private const int KeysPerStep = 64;

    private static int RowsPerBlock => 2 * TLanes.Count;

    public static void Run(WorkerPool pool, AttentionJob job)
    {
        job.RowsPerBlock = RowsPerBlock;
        var scratch = stackalloc float*[pool.Threads];
        for (var i = 0; i < pool.Threads; i++) scratch[i] = pool.Scratch(i, Scratch.Length(job.Shape.HeadDim, job.LongestKeys()));
        job.Scratch = scratch;
        pool.Run(job.Count * job.Shape.KvHeads, &Item, &job);
    }

    private static int Padded(int dim) => (dim + TLanes.Count - 1) / TLanes.Count * TLanes.Count;

    private static void Item(void* context, int item, int worker)
    {
        var job = (AttentionJob*)context;
        var segment = item / job->Shape.KvHeads;
        var kvHead = item % job->Shape.KvHeads;
        ref var s = ref job->Segments[segment];
        var dim = job->Shape.HeadDim;
        var padded = Padded(dim);
        var scratch = new Scratch(job->Scratch[worker], dim, s.K.Rows);
        var gradientLength = (s.K.Rows + PanelProduct<TLanes, TVector>.RowGroup) * padded;
        new Span<float>(scratch.KeyGradient, gradientLength).Clear();
        new Span<float>(scratch.ValueGradient, gradientLength).Clear();
        var blocks = job->Blocks(segment);
        for (var i = 0; i < blocks; i++) Block(job, ref s, new(job, segment, kvHead, i, scratch.Lanes), scratch);
        for (var key = 0; key < s.K.Rows; key++)
        {
            AttentionBlock<TLanes, TVector>.AddScaled(scratch.KeyGradient + (long)key * padded, 1f, dim, s.DK.Data + (long)key * s.DK.Stride + kvHead * dim);
            AttentionBlock<TLanes, TVector>.AddScaled(scratch.ValueGradient + (long)key * padded, 1f, dim, s.DV.Data + (long)key * s.DV.Stride + kvHead * dim);
        }
    }

    private static void Block(AttentionJob* job, ref AttentionSegment s, in AttentionBlock<TLanes, TVector> block, in Scratch scratch)
    {
        var (first, end) = block.VisibleKeys;
        if (first == end) return;
        var dim = job->Shape.HeadDim;
        var padded = Padded(dim);
        var width = block.Width;
        var vectors = padded / TLanes.Count;
        block.PackTransposed(s.Q, job->Shape.Scale, scratch.Queries);
        block.PackTransposed(s.DY, 1f, scratch.Upstream);
        block.PackRows(s.Q, job->Shape.Scale, scratch.QueryRows, padded);
        block.PackRows(s.DY, 1f, scratch.UpstreamRows, padded);
        block.Positions(scratch.Positions);
        LogSums(s.LogSumExp, block, scratch.LogSums);
        new Span<float>(scratch.Means, width).Clear();
        new Span<float>(scratch.Sums, width).Clear();
        for (var key = first; key < end; key += KeysPerStep)
        {
            var keys = Math.Min(KeysPerStep, end - key);
            var place = (long)(key - first) * width;
            block.Scores(scratch.Queries, scratch.Positions, key, key + keys, scratch.Weights + place);
            PanelProduct<TLanes, TVector>.Multiply(
                new(block.Key(s.V, key), s.V.Stride, 1, keys), scratch.Upstream, width, dim, block.Vectors, scratch.Slopes + place, width, false);
            for (var lane = 0; lane < width; lane += TLanes.Count)
            {
                Exponentials(
                    scratch.Weights + place + lane, scratch.Slopes + place + lane, keys, width, scratch.LogSums + lane, scratch.Sums + lane,
                    scratch.Means + lane);
            }
        }

        for (var key = first; key < end; key += KeysPerStep)
        {
            var keys = Math.Min(KeysPerStep, end - key);
            var weights = scratch.Weights + (long)(key - first) * width;
            var slopes = scratch.Slopes + (long)(key - first) * width;
            for (var lane = 0; lane < width; lane += TLanes.Count)
                Center(weights + lane, slopes + lane, keys, width, scratch.Sums + lane, scratch.Means + lane);

            // the product also adds to the rows up to the next whole group: their gradients are zeros
            var rounded = (keys + PanelProduct<TLanes, TVector>.RowGroup - 1) & -PanelProduct<TLanes, TVector>.RowGroup;
            new Span<float>(weights + (long)keys * width, (rounded - keys) * width).Clear();
            new Span<float>(slopes + (long)keys * width, (rounded - keys) * width).Clear();
            PanelProduct<TLanes, TVector>.Multiply(
                new(weights, width, 1, rounded), scratch.UpstreamRows, padded, block.Rows, vectors,
                scratch.ValueGradient + (long)key * padded, padded, accumulate: true);
            PanelProduct<TLanes, TVector>.Multiply(
                new(slopes, width, 1, rounded), scratch.QueryRows, padded, block.Rows, vectors,
                scratch.KeyGradient + (long)key * padded, padded, accumulate: true);
            var panel = block.Key(s.K, key);
            long stride = s.K.Stride;
            if (padded != dim)
            {
                AttentionForward<TLanes, TVector>.Pad(panel, stride, keys, dim, scratch.Keys, padded);
                panel = scratch.Keys;
                stride = padded;
            }

            PanelProduct<TLanes, TVector>.Multiply(
                new(slopes, 1, width, block.Rows), panel, stride, keys, vectors, scratch.QueryGradient, padded, key > first);
        }

        for (var row = 0; row < block.Rows; row++)
            AttentionBlock<TLanes, TVector>.AddScaled(scratch.QueryGradient + (long)row * padded, job->Shape.Scale, dim, block.Row(s.DQ, row));
    }

    /// <summary>+∞ for lanes without a row and rows without a key, so that all their weights become 0.</summary>
    private static void LogSums(in Matrix logSumExp, in AttentionBlock<TLanes, TVector> block, float* target)
    {
        for (var lane = 0; lane < block.Width; lane++)
        {
            target[lane] = float.PositiveInfinity;
            if (lane >= block.Rows) continue;
            var value = logSumExp.Data[(long)block.Head(lane) * logSumExp.Stride + block.Query(lane)];
            if (!float.IsNegativeInfinity(value)) target[lane] = value;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Exponentials(float* scores, float* slopes, int keys, int width, float* logSums, float* sums, float* means)
    {
        var logSum = TLanes.Load(logSums);
        var sum = TLanes.Load(sums);
        var mean = TLanes.Load(means);
        for (var key = 0; key < keys; key++, scores += width, slopes += width)
        {
            var weight = LaneFunctions.Exp<TLanes, TVector>(TLanes.Subtract(TLanes.Load(scores), logSum));
            sum = TLanes.Add(sum, weight);
            mean = TLanes.MultiplyAdd(weight, TLanes.Load(slopes), mean);
            TLanes.Store(weight, scores);
        }

        TLanes.Store(sum, sums);
        TLanes.Store(mean, means);
    }

    /// <summary>
    /// Divides the weights by their sum again: a large logSumExp is rounded coarsely, and the slopes of a row must add up to 0.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Center(float* weights, float* slopes, int keys, int width, float* sums, float* means)
    {
        var sum = TLanes.Load(sums);
        var inverse = TLanes.Divide(TLanes.Broadcast(1f), sum);
        inverse = TLanes.SelectLess(sum, TLanes.Broadcast(float.Epsilon), TLanes.Zero, inverse);
        var mean = TLanes.Multiply(TLanes.Load(means), inverse);
        for (var key = 0; key < keys; key++, weights += width, slopes += width)
        {
            var weight = TLanes.Multiply(TLanes.Load(weights), inverse);
            TLanes.Store(weight, weights);
            TLanes.Store(TLanes.Multiply(weight, TLanes.Subtract(TLanes.Load(slopes), mean)), slopes);
        }
    }

    /// <summary>An item's buffers in its worker's scratch memory.</summary>
    private readonly struct Scratch
    {
        public readonly int* Lanes; // two ints per lane
        public readonly float* Queries; // [dim, lanes]
        public readonly float* Upstream; // [dim, lanes]
        public readonly float* QueryRows; // [rows, padded dim]
        public readonly float* UpstreamRows; // [rows, padded dim]
        public readonly float* QueryGradient; // [rows, padded dim]
        public readonly float* Positions; // one per lane
        public readonly float* LogSums;
        public readonly float* Sums; // of the weights
        public readonly float* Means; // of the slopes
        public readonly float* Keys; // [keys of a step, padded dim], if dim is not a multiple of the lanes
        public readonly float* Weights; // [keys rounded up, lanes]
        public readonly float* Slopes; // [keys rounded up, lanes]
        public readonly float* KeyGradient; // [keys rounded up, padded dim]
        public readonly float* ValueGradient; // [keys rounded up, padded dim]

        public Scratch(float* memory, int dim, int keys)
        {
            var padded = Padded(dim);
            var rounded = keys + PanelProduct<TLanes, TVector>.RowGroup;
            Lanes = (int*)memory;
            Queries = memory + 2L * RowsPerBlock;
            Upstream = Queries + (long)dim * RowsPerBlock;
            QueryRows = Upstream + (long)dim * RowsPerBlock;
            UpstreamRows = QueryRows + (long)padded * RowsPerBlock;
            QueryGradient = UpstreamRows + (long)padded * RowsPerBlock;
            Positions = QueryGradient + (long)padded * RowsPerBlock;
            LogSums = Positions + RowsPerBlock;
            Sums = LogSums + RowsPerBlock;
            Means = Sums + RowsPerBlock;
            Keys = Means + RowsPerBlock;
            Weights = Keys + (long)KeysPerStep * padded;
            Slopes = Weights + (long)rounded * RowsPerBlock;
            KeyGradient = Slopes + (long)rounded * RowsPerBlock;
            ValueGradient = KeyGradient + (long)rounded * padded;
        }

        public static long Length(int dim, int keys)
        {
            var rounded = keys + PanelProduct<TLanes, TVector>.RowGroup;
            return RowsPerBlock * (2L * dim + 3 * Padded(dim) + 6 + 2 * rounded) + Padded(dim) * (KeysPerStep + 2L * rounded);
        }
    }
}

using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Sweeps;

namespace Qwen2Audio.Numerics.Attention;

/// <summary>
/// Query rows [First, First + Rows) of one key/value head, one row per lane, in one or two vectors. Lanes after the last row repeat it.
/// </summary>
internal readonly unsafe struct AttentionBlock<TLanes, TVector>
    where TLanes : struct, IFloatLanes<TVector>
    where TVector : struct
{
    private readonly AttentionJob* _job;
    private readonly int _segment;
    private readonly int _kvHead;
    private readonly int* _queries; // of each lane
    private readonly int* _heads;

    /// <param name="job">The call.</param>
    /// <param name="segment">Number of the segment.</param>
    /// <param name="kvHead">Number of the key/value head.</param>
    /// <param name="block">Number of the block.</param>
    /// <param name="lanes">A buffer for two ints per lane.</param>
    public AttentionBlock(AttentionJob* job, int segment, int kvHead, int block, int* lanes)
    {
        _job = job;
        _segment = segment;
        _kvHead = kvHead;
        var first = block * job->RowsPerBlock;
        Rows = Math.Min(job->RowsPerBlock, job->Rows(segment) - first);
        Vectors = Rows <= TLanes.Count ? 1 : 2;
        _queries = lanes;
        _heads = lanes + Width;
        var group = job->Shape.Group;
        var (query, head) = Math.DivRem(first, group);
        for (var lane = 0; lane < Width; lane++)
        {
            _queries[lane] = query;
            _heads[lane] = kvHead * group + head;
            if (lane >= Rows - 1 || ++head < group) continue;
            head = 0;
            query++;
        }
    }

    public int Rows { get; }

    public int Vectors { get; }

    /// <summary>Lanes in use: the row stride of buffers with one row per lane.</summary>
    public int Width => Vectors * TLanes.Count;

    public (int First, int End) VisibleKeys => _job->VisibleKeys(_segment, Query(0), Query(Rows - 1));

    private ref AttentionSegment Segment => ref _job->Segments[_segment];

    /// <summary>The query of a row.</summary>
    public int Query(int lane) => _queries[lane];

    /// <summary>The query head of a row.</summary>
    public int Head(int lane) => _heads[lane];

    /// <summary>The row's values in a matrix with the shape of the queries.</summary>
    public float* Row(in Matrix matrix, int lane) =>
        matrix.Data + (long)_queries[lane] * matrix.Stride + (long)_heads[lane] * _job->Shape.HeadDim;

    /// <summary>This head's part of a key or value.</summary>
    public float* Key(in Matrix matrix, int key) => matrix.Data + (long)key * matrix.Stride + (long)_kvHead * _job->Shape.HeadDim;

    /// <summary>
    /// Prefetches keys or values: whole rows for the first head, so that memory is read in one stream and the other
    /// heads find them in the cache.
    /// </summary>
    public void PrefetchKeys(in Matrix matrix, int first, int count, int end)
    {
        var dim = _job->Shape.HeadDim;
        Prefetch.Rows(matrix, first, Math.Min(first + count, end), _kvHead * dim, _kvHead == 0 ? matrix.Columns : dim);
    }

    /// <summary>target[d, lane] = scale · matrix[row of the lane, d].</summary>
    public void PackTransposed(in Matrix matrix, float scale, float* target)
    {
        for (var lane = 0; lane < Width; lane += 4)
        {
            Transposition.FourRows(
                Row(matrix, lane), Row(matrix, lane + 1), Row(matrix, lane + 2), Row(matrix, lane + 3), _job->Shape.HeadDim, scale,
                target + lane, Width);
        }
    }

    /// <summary>target[row, d] = scale · matrix[row, d], padded with zeros up to <paramref name="stride"/>.</summary>
    public void PackRows(in Matrix matrix, float scale, float* target, int stride)
    {
        var dim = _job->Shape.HeadDim;
        for (var row = 0; row < Rows; row++, target += stride)
        {
            CopyScaled(Row(matrix, row), dim, scale, target);
            for (var d = dim; d < stride; d++) target[d] = 0f;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CopyScaled(float* source, int length, float factor, float* target)
    {
        var d = 0;
        for (; d <= length - TLanes.Count; d += TLanes.Count)
            TLanes.Store(TLanes.Multiply(TLanes.Load(source + d), TLanes.Broadcast(factor)), target + d);
        for (; d < length; d++) target[d] = source[d] * factor;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddScaled(float* source, float factor, int length, float* target)
    {
        var scale = TLanes.Broadcast(factor);
        var d = 0;
        for (; d <= length - TLanes.Count; d += TLanes.Count)
            TLanes.Store(TLanes.MultiplyAdd(TLanes.Load(source + d), scale, TLanes.Load(target + d)), target + d);
        for (; d < length; d++) target[d] += source[d] * factor;
    }

    /// <summary>The position of each lane's query among the keys; with chunks, the last one of its chunk.</summary>
    public void Positions(float* target)
    {
        for (var lane = 0; lane < Width; lane++) target[lane] = _job->Shape.LastOfChunk(_queries[lane] + Segment.Offset);
    }

    /// <summary>scores[j, lane] = keys of j · queries of the lane, −∞ where the key is not visible, for the keys [first, end).</summary>
    public void Scores(float* queries, float* positions, int first, int end, float* scores)
    {
        var shape = _job->Shape;
        var keys = Segment.K;
        PanelProduct<TLanes, TVector>.Multiply(
            new(Key(keys, first), keys.Stride, 1, end - first), queries, Width, shape.HeadDim, Vectors, scores, Width, accumulate: false);
        var (allFirst, allEnd) = _job->KeysSeenByAll(_segment, Query(0), Query(Rows - 1));
        if (allFirst >= allEnd) allFirst = allEnd = end;
        Hide(first, Math.Min(allFirst, end), positions, scores);
        var rest = Math.Max(first, allEnd);
        Hide(rest, end, positions, scores + (long)(rest - first) * Width);
    }

    /// <summary>−∞ for the keys [first, end) that a lane does not see.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Hide(int first, int end, float* positions, float* scores)
    {
        var (causal, window, width) = (_job->Shape.Causal, _job->Shape.Window, Width);
        var hidden = TLanes.Broadcast(float.NegativeInfinity);
        var farthest = TLanes.Broadcast(_job->Shape.Farthest);
        for (var key = first; key < end; key++, scores += width)
        {
            var place = TLanes.Broadcast(key);
            for (var lane = 0; lane < width; lane += TLanes.Count)
            {
                var position = TLanes.Load(positions + lane);
                var score = TLanes.Load(scores + lane);
                if (causal) score = TLanes.SelectLess(position, place, hidden, score);
                if (window > 0) score = TLanes.SelectLess(farthest, TLanes.Subtract(position, place), hidden, score);
                TLanes.Store(score, scores + lane);
            }
        }
    }
}

using System.Runtime.CompilerServices;

namespace Qwen2Audio.Numerics;

/// <summary>
/// Query rows [First, First + Rows) of one key/value head: a row a lane, in one or two vectors. Lanes beyond the last row repeat it.
/// </summary>
internal readonly unsafe struct AttentionBlock<TLanes, TVector>
    where TLanes : struct, IFloatLanes<TVector>
    where TVector : struct
{
    private readonly AttentionJob* _job;
    private readonly int _segment;
    private readonly int _kvHead;
    private readonly int _first;

    public AttentionBlock(AttentionJob* job, int segment, int kvHead, int block)
    {
        _job = job;
        _segment = segment;
        _kvHead = kvHead;
        _first = block * job->RowsPerBlock;
        Rows = Math.Min(job->RowsPerBlock, job->Rows(segment) - _first);
        Vectors = Rows <= TLanes.Count ? 1 : 2;
    }

    public int Rows { get; }

    public int Vectors { get; }

    /// <summary>Lanes in use: the row stride of everything that holds a row a lane.</summary>
    public int Width => Vectors * TLanes.Count;

    public (int First, int End) VisibleKeys => _job->VisibleKeys(_segment, Query(0), Query(Rows - 1));

    private ref AttentionSegment Segment => ref _job->Segments[_segment];

    /// <summary>The query of a row.</summary>
    public int Query(int row) => (_first + row) / _job->Shape.Group;

    /// <summary>The query head of a row.</summary>
    public int Head(int row) => _kvHead * _job->Shape.Group + (_first + row) % _job->Shape.Group;

    /// <summary>The row's numbers in a matrix with the rows and columns of the queries.</summary>
    public float* Row(in Matrix matrix, int row) =>
        matrix.Data + (long)Query(row) * matrix.Stride + (long)Head(row) * _job->Shape.HeadDim;

    /// <summary>This head's numbers of a key or value.</summary>
    public float* Key(in Matrix matrix, int key) => matrix.Data + (long)key * matrix.Stride + (long)_kvHead * _job->Shape.HeadDim;

    /// <summary>target[d, lane] = scale · matrix[row of the lane, d].</summary>
    public void PackTransposed(in Matrix matrix, float scale, float* target)
    {
        var last = Rows - 1;
        for (var lane = 0; lane < Width; lane += 4)
        {
            Transposition.FourRows(
                Row(matrix, Math.Min(lane, last)), Row(matrix, Math.Min(lane + 1, last)), Row(matrix, Math.Min(lane + 2, last)),
                Row(matrix, Math.Min(lane + 3, last)), _job->Shape.HeadDim, scale, target + lane, Width);
        }
    }

    /// <summary>target[row, d] = scale · matrix[row, d], filled with zeros up to <paramref name="stride"/>.</summary>
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

    /// <summary>The position of each lane's query among the keys.</summary>
    public void Positions(float* target)
    {
        for (var lane = 0; lane < Width; lane++) target[lane] = Query(Math.Min(lane, Rows - 1)) + Segment.Offset;
    }

    /// <summary>scores[j, lane] = keys of j · queries of the lane, −∞ where the key is out of sight, for the keys [first, end).</summary>
    public void Scores(float* queries, float* positions, int first, int end, float* scores)
    {
        var shape = _job->Shape;
        var keys = Segment.K;
        PanelProduct<TLanes, TVector>.Multiply(
            new(Key(keys, first), keys.Stride, 1, end - first), queries, Width, shape.HeadDim, Vectors, scores, Width, accumulate: false);
        var (allFirst, allEnd) = _job->KeysSeenByAll(_segment, Query(0), Query(Rows - 1));
        for (var key = first; key < end; key++)
        {
            if (key == allFirst && allFirst < allEnd) key = allEnd;
            if (key >= end) break;
            Hide(key, positions, scores + (long)(key - first) * Width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Hide(int key, float* positions, float* scores)
    {
        var shape = _job->Shape;
        var place = TLanes.Broadcast(key);
        var hidden = TLanes.Broadcast(float.NegativeInfinity);
        for (var lane = 0; lane < Width; lane += TLanes.Count)
        {
            var position = TLanes.Load(positions + lane);
            var score = TLanes.Load(scores + lane);
            if (shape.Causal) score = TLanes.SelectLess(position, place, hidden, score);
            if (shape.Window > 0)
            {
                var distance = TLanes.Subtract(position, place);
                score = TLanes.SelectLess(TLanes.Broadcast(shape.Window - 1), distance, hidden, score);
            }

            TLanes.Store(score, scores + lane);
        }
    }
}

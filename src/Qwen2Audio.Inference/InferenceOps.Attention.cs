using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Attention;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Products;

namespace Qwen2Audio.Inference;

public sealed partial class InferenceOps
{
    private AttentionSegment[] _segments = [];

    public void Qkv(Matrix x, QkvWeights weights, out Matrix q, out Matrix k, out Matrix v)
    {
        q = Project(x, weights.Query, weights.QueryBias);
        k = Project(x, weights.Key, weights.KeyBias);
        v = Project(x, weights.Value, weights.ValueBias);
        RunJobs();
    }

    public void Rope(ref Matrix q, ref Matrix k, in RopeSpec spec, Layout rows)
    {
        var table = Rotation(spec);
        Rotary.Apply(_pool, table, q, rows.Positions, inverse: false);
        Rotary.Apply(_pool, table, k, rows.Positions, inverse: false);
    }

    public Matrix Attention(
        Matrix q, Matrix k, Matrix v, in AttentionSpec spec, Layout rows, IState? state = null, int stateIndex = 0, Layout? keyRows = null)
    {
        if (q.Rows != rows.Rows) throw new ArgumentException($"{q.Rows} queries do not fit a layout of {rows.Rows} rows.", nameof(q));
        if (state is not null && keyRows is not null)
            throw new ArgumentException("With a state, keys and values must have the layout of the queries.", nameof(keyRows));
        var keys = keyRows ?? rows;
        if (k.Rows != keys.Rows || v.Rows != keys.Rows)
            throw new ArgumentException($"{k.Rows} keys and {v.Rows} values do not fit a layout of {keys.Rows} rows.", nameof(k));
        if (keys.Sequences != rows.Sequences)
            throw new ArgumentException($"Keys of {keys.Sequences} sequences for queries of {rows.Sequences} sequences.", nameof(keyRows));

        var store = Own(state)?.Keys(stateIndex, k.Columns, spec.StateWindow);
        store?.Reserve(Longest(rows));
        var y = Arena.Allocate(q.Rows, q.Columns);
        if (_segments.Length < rows.Sequences) _segments = new AttentionSegment[rows.Sequences];
        var count = 0;
        for (var s = 0; s < rows.Sequences; s++)
        {
            var (start, length) = (rows.Starts[s], rows.Length(s));
            if (length == 0) continue;
            var (keyStart, keyLength) = (keys.Starts[s], keys.Length(s));
            var (segmentK, segmentV) = (k.RowRange(keyStart, keyLength), v.RowRange(keyStart, keyLength));
            var position = rows.Positions[start];
            var first = keyLength == 0 ? position : keys.Positions[keyStart];
            if (store is not null)
            {
                // rows after the shared prefix of the slot belong to one sequence at a time
                if (count > 0 && rows.SharesSlots && IsTaken(rows, s))
                {
                    Attend(spec, count);
                    count = 0;
                }

                (segmentK, segmentV, first) = store.Append(rows.Slots[s], position, segmentK, segmentV);
            }

            if (first % spec.Chunk != 0 || (store is not null && (position % spec.Chunk != 0 || (!rows.Ends(s) && length % spec.Chunk != 0))))
                throw new ArgumentException($"Rows {position}…{position + length - 1} are not whole chunks of {spec.Chunk} rows.", nameof(rows));
            _segments[count++] = new AttentionSegment
            {
                Q = q.RowRange(start, length),
                K = segmentK,
                V = segmentV,
                Y = y.RowRange(start, length),
                Offset = position - first,
            };
        }

        Attend(spec, count);
        return y;
    }

    private static SequenceState? Own(IState? state) => state switch
    {
        null => null,
        SequenceState own => own,
        _ => throw new ArgumentException($"State is a {state.GetType().Name}; inference operators need a {nameof(SequenceState)}.", nameof(state)),
    };

    private static int Longest(Layout rows)
    {
        var longest = 0;
        for (var s = 0; s < rows.Sequences; s++) longest = Math.Max(longest, rows.Length(s));
        return longest;
    }

    private static bool IsTaken(Layout rows, int sequence) => rows.Slots[..sequence].Contains(rows.Slots[sequence]);

    private void Attend(in AttentionSpec spec, int count)
    {
        var shape = new AttentionShape(spec.Heads, spec.KvHeads, spec.HeadDim, spec.Causal, spec.Window, spec.Chunk);
        var segments = _segments.AsSpan(0, count);
        ScaledDotProductAttention.Forward(_pool, shape, segments);
        if (spec.Probabilities is { } site && Probe is { } probe && probe.Wants(site))
            foreach (ref readonly var segment in segments) ShowProbabilities(probe, site, shape, segment);
    }

    private void ShowProbabilities(IProbe probe, Site site, in AttentionShape shape, in AttentionSegment segment)
    {
        var mark = Arena.Position;
        var probabilities = Arena.Allocate(shape.Heads * segment.Q.Rows, segment.K.Rows);
        ScaledDotProductAttention.Probabilities(_pool, shape, segment, probabilities);
        if (probe.Visit(site, probabilities)) Weigh(shape, segment, probabilities);

        Arena.Release(mark);
    }

    /// <summary>Y = P·V, with probabilities that a probe replaced.</summary>
    private void Weigh(in AttentionShape shape, in AttentionSegment segment, Matrix probabilities)
    {
        var (dim, rows) = (shape.HeadDim, segment.Q.Rows);
        for (var head = 0; head < shape.Heads; head++)
        {
            var values = segment.V.ColumnRange(head / (shape.Heads / shape.KvHeads) * dim, dim);
            Gemm.Multiply(_pool, probabilities.RowRange(head * rows, rows), false, values, false, segment.Y.ColumnRange(head * dim, dim));
        }
    }

    private RotaryTable Rotation(in RopeSpec spec)
    {
        RotaryTable? table = null;
        foreach (var (known, held) in _rotary)
            if (known == spec) table = held;
        if (table is null) _rotary.Add((spec, table = new RotaryTable(spec.Frequencies(), spec.Amplitude)));
        if (_positions > table.Positions) table.Reserve(_positions - 1);
        return table;
    }
}

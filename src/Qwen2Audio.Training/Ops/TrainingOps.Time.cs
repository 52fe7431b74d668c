using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Attention;

namespace Qwen2Audio.Training.Ops;

internal sealed partial class TrainingOps
{
    public Variable Attention(
        Variable q, Variable k, Variable v, in AttentionSpec spec, Layout rows, IState? state = null, int stateIndex = 0, Layout? keyRows = null)
    {
        RefuseState(state);
        var keys = keyRows ?? rows;
        if (keys.Sequences != rows.Sequences)
            throw new ArgumentException($"{rows.Sequences} sequences of queries, {keys.Sequences} of keys.", nameof(keyRows));
        if (spec.Chunk > 1 && !keys.IsWhole) throw new ArgumentException("Attention in chunks needs whole sequences of keys.", nameof(rows));
        var shape = new AttentionShape(spec.Heads, spec.KvHeads, spec.HeadDim, spec.Causal, spec.Window, spec.Chunk);
        var y = New(q.Value.Rows, q.Value.Columns, q.NeedsGradient || k.NeedsGradient || v.NeedsGradient);
        var segments = new AttentionSegment[rows.Sequences];
        for (var i = 0; i < segments.Length; i++)
        {
            var (start, length) = (rows.Starts[i], rows.Length(i));
            var (keyStart, keyLength) = (keys.Starts[i], keys.Length(i));
            segments[i] = new AttentionSegment
            {
                Q = q.Value.RowRange(start, length),
                K = k.Value.RowRange(keyStart, keyLength),
                V = v.Value.RowRange(keyStart, keyLength),
                Y = y.Value.RowRange(start, length),
                Offset = length > 0 && keyLength > 0 ? rows.Positions[start] - keys.Positions[keyStart] : 0,
                LogSumExp = _arena.Allocate(spec.Heads, length),
            };
        }

        ScaledDotProductAttention.Forward(Pool, shape, segments);
        TapProbabilities(spec.Probabilities, shape, segments);
        Record(y, () =>
        {
            var (dq, dk, dv) = (GradientOf(q), GradientOf(k), GradientOf(v));
            for (var i = 0; i < segments.Length; i++)
            {
                var (start, length) = (rows.Starts[i], rows.Length(i));
                var (keyStart, keyLength) = (keys.Starts[i], keys.Length(i));
                segments[i] = segments[i] with
                {
                    DQ = dq.RowRange(start, length),
                    DK = dk.RowRange(keyStart, keyLength),
                    DV = dv.RowRange(keyStart, keyLength),
                    DY = y.Gradient.RowRange(start, length),
                };
            }

            ScaledDotProductAttention.Backward(Pool, shape, segments);
        });
        return y;
    }

    private static void RefuseState(IState? state)
    {
        if (state is not null) throw new ArgumentException("Training computes whole sequences; state is for inference.", nameof(state));
    }

    /// <exception cref="ArgumentException">A state was passed, or the layout has pieces.</exception>
    private static void RequireWhole(Layout rows, IState? state)
    {
        RefuseState(state);
        if (!rows.IsWhole) throw new ArgumentException("Training computes whole sequences; these are pieces.", nameof(rows));
    }

    public Variable PairMean(Variable x, Layout rows)
    {
        var output = rows.Halved();
        var y = New(output.Rows, x.Value.Columns, x.NeedsGradient);
        Numerics.Time.PairMean.Forward(Pool, x.Value, rows.Starts, y.Value, output.Starts);
        Record(y, () => Numerics.Time.PairMean.Backward(Pool, y.Gradient, output.Starts, GradientOf(x), rows.Starts));
        return y;
    }
}

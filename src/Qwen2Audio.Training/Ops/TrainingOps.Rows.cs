using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Attention;
using Qwen2Audio.Numerics.Norms;
using Qwen2Audio.Numerics.Stored;
using Qwen2Audio.Numerics.Sweeps;

namespace Qwen2Audio.Training.Ops;

internal sealed partial class TrainingOps
{
    private readonly Dictionary<RopeSpec, RotaryTable> _rotaryTables = [];

    public Variable Embed(IWeight table, ReadOnlySpan<int> ids)
    {
        var t = Of(table);
        var rows = ids.ToArray();
        var y = New(rows.Length, t.Columns, t.Trained);
        if (t.Stored is { } stored) StoredRows.Gather(stored, rows, y.Value);
        else RowGather.Forward(Pool, t.Value, rows, y.Value);
        Record(y, () => RowGather.Backward(Pool, y.Gradient, rows, t.Gradient));
        return y;
    }

    public Variable TakeRows(Variable x, ReadOnlySpan<int> rows)
    {
        var taken = rows.ToArray();
        var y = New(taken.Length, x.Value.Columns, x.NeedsGradient);
        RowGather.Forward(Pool, x.Value, taken, y.Value);
        Record(y, () => RowGather.Backward(Pool, y.Gradient, taken, GradientOf(x)));
        return y;
    }

    public void PutRows(ref Variable x, ReadOnlySpan<int> rows, Variable values)
    {
        var old = x;
        var places = rows.ToArray();
        var y = New(old.Value.Rows, old.Value.Columns, old.NeedsGradient || values.NeedsGradient);
        y.Value.CopyFrom(old.Value);
        for (var i = 0; i < places.Length; i++) values.Value.Row(i).CopyTo(y.Value.Row(places[i]));
        Record(y, () =>
        {
            if (values.NeedsGradient)
            {
                var gradient = _arena.Allocate(places.Length, y.Gradient.Columns);
                RowGather.Forward(Pool, y.Gradient, places, gradient);
                Hand(gradient, values);
            }

            if (!old.NeedsGradient) return;
            foreach (var place in places) y.Gradient.Row(place).Clear();
            Hand(y.Gradient, old);
        });
        x = y;
    }

    public void Accumulate(ref Variable x, Variable delta, IWeight? scale = null)
    {
        if (scale is not null) delta = ScaleColumns(delta, Of(scale));
        // A new matrix: the backward pass of earlier norms still needs the old value of x.
        var old = x;
        var y = New(old.Value.Rows, old.Value.Columns, old.NeedsGradient || delta.NeedsGradient);
        y.Value.CopyFrom(old.Value);
        Vectors.Add(Pool, delta.Value, y.Value);
        Record(y, () =>
        {
            Seed(delta, y.Gradient);
            if (old.NeedsGradient) Hand(y.Gradient, old);
        });
        x = y;
    }

    private Variable ScaleColumns(Variable x, Parameter scale)
    {
        var y = New(x.Value.Rows, x.Value.Columns, x.NeedsGradient || scale.Trained);
        Vectors.ColumnScale(Pool, x.Value, scale.Value, y.Value);
        Record(y, () =>
        {
            if (scale.Trained)
            {
                var products = NewLike(x);
                Vectors.Multiply(Pool, x.Value, y.Gradient, products);
                ColumnSums.Accumulate(Pool, products, scale.Gradient);
            }

            if (!x.NeedsGradient) return;
            Vectors.ColumnScale(Pool, y.Gradient, scale.Value, y.Gradient); // overwrites dy, which is no longer needed
            Hand(y.Gradient, x);
        });
        return y;
    }

    public Variable RmsNorm(Variable x, IWeight gain, float eps)
    {
        var g = Of(gain);
        var y = New(x.Value.Rows, x.Value.Columns, x.NeedsGradient || g.Trained);
        var inverse = _arena.Allocate(x.Value.Rows, 1);
        Numerics.Norms.RmsNorm.Forward(Pool, x.Value, g.Value, eps, y.Value, inverse);
        Record(y, () => Numerics.Norms.RmsNorm.Backward(
            Pool, x.Value, g.Value, inverse, y.Gradient, GradientOf(x), g.Trained ? g.Gradient : default));
        return y;
    }

    public Variable LayerNorm(Variable x, IWeight gain, IWeight bias, float eps, Layout? sequences = null)
    {
        var (g, b) = (Of(gain), Of(bias));
        var y = New(x.Value.Rows, x.Value.Columns, x.NeedsGradient || g.Trained || b.Trained);
        if (sequences is not null)
        {
            RequireWhole(sequences, null);
            var statistics = _arena.Allocate(sequences.Sequences, 2);
            SequenceNorm.Forward(Pool, x.Value, sequences.Starts, g.Value, b.Value, eps, y.Value, _arena.Allocate(x.Value.Rows, 2), statistics);
            Record(y, () => SequenceNorm.Backward(x.Value, sequences.Starts, g.Value, statistics, y.Gradient, GradientOf(x),
                g.Trained ? g.Gradient : default, b.Trained ? b.Gradient : default));
            return y;
        }

        var mean = _arena.Allocate(x.Value.Rows, 1);
        var inverse = _arena.Allocate(x.Value.Rows, 1);
        Numerics.Norms.LayerNorm.Forward(Pool, x.Value, g.Value, b.Value, eps, y.Value, mean, inverse);
        Record(y, () => Numerics.Norms.LayerNorm.Backward(Pool, x.Value, g.Value, mean, inverse, y.Gradient, GradientOf(x),
            g.Trained ? g.Gradient : default, b.Trained ? b.Gradient : default));
        return y;
    }

    public void Rope(ref Variable q, ref Variable k, in RopeSpec spec, Layout rows)
    {
        Rotate(q, spec, rows);
        Rotate(k, spec, rows);
    }

    public Variable Dropout(Variable x)
    {
        if (DropoutRate <= 0) return x;
        var rate = DropoutRate;
        var seed = NextDropoutSeed();
        var y = New(x.Value.Rows, x.Value.Columns, x.NeedsGradient);
        Numerics.Activations.Dropout.Apply(Pool, x.Value, rate, seed, y.Value);
        Record(y, () =>
        {
            Numerics.Activations.Dropout.Apply(Pool, y.Gradient, rate, seed, y.Gradient);
            Hand(y.Gradient, x);
        });
        return y;
    }

    private void Rotate(Variable x, RopeSpec spec, Layout rows)
    {
        if (!_rotaryTables.TryGetValue(spec, out var table)) _rotaryTables.Add(spec, table = new RotaryTable(spec.Frequencies(), spec.Amplitude));
        Rotary.Apply(Pool, table, x.Value, rows.Positions, inverse: false); // in place: no earlier operator needs the old value
        Record(x, () => Rotary.Apply(Pool, table, x.Gradient, rows.Positions, inverse: true));
    }
}

using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Sweeps;

namespace Qwen2Audio.Training.Ops;

/// <summary>What losses and quantisers need beside the models' operators.</summary>
public sealed partial class TrainingOps
{
    /// <summary>
    /// The same numbers with another shape, sharing storage: [batch · time, 1] of a decoder as the waveforms [batch, time] of a loss.
    /// </summary>
    /// <exception cref="ArgumentException">The shapes do not hold the same number of values.</exception>
    public Variable Reshape(Variable x, int rows, int columns)
    {
        var y = new Variable(x.Value.Reshape(rows, columns)) { NeedsGradient = x.NeedsGradient };
        Record(y, () =>
        {
            if (x.NeedsGradient) Hand(y.Gradient.Reshape(x.Value.Rows, x.Value.Columns), x);
        });
        return y;
    }

    /// <summary>a − b.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public Variable Subtract(Variable a, Variable b)
    {
        var y = New(a.Value.Rows, a.Value.Columns);
        y.Value.CopyFrom(a.Value);
        Vectors.AddScaled(Pool, -1, b.Value, y.Value);
        Record(y, () =>
        {
            if (b.NeedsGradient) Vectors.AddScaled(Pool, -1, y.Gradient, GradientOf(b));
            if (a.NeedsGradient) Hand(y.Gradient, a);
        });
        return y;
    }

    /// <summary>
    /// <paramref name="values"/> on the way forward; on the way back the gradient goes to <paramref name="x"/> unchanged: x + sg(values − x),
    /// the straight-through estimate of a quantiser.
    /// </summary>
    /// <param name="x">What the values stand for.</param>
    /// <param name="values">Of the same shape; in the arena of the step, or longer-lived.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public Variable StraightThrough(Variable x, Matrix values)
    {
        if (values.Rows != x.Value.Rows || values.Columns != x.Value.Columns)
            throw new ArgumentException($"{values.Rows} × {values.Columns} values for {x.Value.Rows} × {x.Value.Columns}.", nameof(values));
        var y = new Variable(values) { NeedsGradient = x.NeedsGradient };
        Record(y, () =>
        {
            if (x.NeedsGradient) Hand(y.Gradient, x);
        });
        return y;
    }
}

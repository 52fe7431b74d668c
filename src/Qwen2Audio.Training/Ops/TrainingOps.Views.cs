using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Sweeps;

namespace Qwen2Audio.Training.Ops;

/// <summary>Operators for losses and quantisers that models do not use.</summary>
internal sealed partial class TrainingOps
{
    /// <summary>
    /// The same elements with another shape, sharing storage: for example a decoder's [batch · time, 1] as waveforms [batch, time] for a loss.
    /// </summary>
    /// <exception cref="ArgumentException">The numbers of elements differ.</exception>
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
    /// <paramref name="values"/> in the forward pass; in the backward pass the gradient goes to <paramref name="x"/> unchanged: x + sg(values − x),
    /// the straight-through estimator of a quantiser.
    /// </summary>
    /// <param name="x">The variable that the values replace.</param>
    /// <param name="values">Values of the same shape, in the step's arena or longer-lived.</param>
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

using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics;

namespace Qwen2Audio.Training.Ops;

public sealed partial class TrainingOps
{
    /// <inheritdoc/>
    public Variable Linear(Variable x, IWeight weight, IWeight? bias = null)
    {
        var w = Of(weight);
        var b = bias is null ? null : Of(bias);
        var y = New(x.Value.Rows, w.Rows);
        Gemm.Multiply(Pool, x.Value, false, w.Value, true, y.Value, bias: b?.Value ?? default);
        Record(y, () => LinearBackward(x, w, b, y.Gradient));
        return y;
    }

    /// <inheritdoc/>
    public void Qkv(Variable x, QkvWeights weights, out Variable q, out Variable k, out Variable v)
    {
        q = Linear(x, weights.Query, weights.QueryBias);
        k = Linear(x, weights.Key, weights.KeyBias);
        v = Linear(x, weights.Value, weights.ValueBias);
    }

    /// <inheritdoc/>
    public Variable GatedFfn(Variable x, GatedFfnWeights weights)
    {
        var gate = Linear(x, weights.Gate);
        var up = Linear(x, weights.Up);
        var inner = New(gate.Value.Rows, gate.Value.Columns);
        SwiGlu.Forward(Pool, gate.Value, up.Value, inner.Value);
        Record(inner, () =>
        {
            gate.Gradient = NewLike(gate);
            up.Gradient = NewLike(up);
            SwiGlu.Backward(Pool, gate.Value, up.Value, inner.Gradient, gate.Gradient, up.Gradient);
        });
        return Linear(inner, weights.Down);
    }

    /// <inheritdoc/>
    public Variable Mlp(Variable x, MlpWeights weights, Activation activation) =>
        Linear(Activate(Linear(x, weights.Fc1, weights.Fc1Bias), activation), weights.Fc2, weights.Fc2Bias);

    /// <inheritdoc/>
    public Variable Activate(Variable x, Activation activation)
    {
        var function = activation switch
        {
            Activation.Gelu => ElementwiseFunction.Gelu,
            Activation.Silu => ElementwiseFunction.Silu,
            Activation.Relu => ElementwiseFunction.Relu,
            Activation.Elu => ElementwiseFunction.Elu,
            Activation.Tanh => ElementwiseFunction.Tanh,
            _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "No such function."),
        };
        var y = New(x.Value.Rows, x.Value.Columns);
        Elementwise.Forward(Pool, function, x.Value, y.Value);
        Record(y, () =>
        {
            if (!x.NeedsGradient) return;
            Elementwise.Backward(Pool, function, x.Value, y.Gradient, y.Gradient); // dy is not needed again
            Hand(y.Gradient, x);
        });
        return y;
    }

    /// <inheritdoc/>
    public Variable LeakyRelu(Variable x, float slope)
    {
        var y = New(x.Value.Rows, x.Value.Columns);
        Numerics.LeakyRelu.Forward(Pool, slope, x.Value, y.Value);
        Record(y, () =>
        {
            if (!x.NeedsGradient) return;
            Numerics.LeakyRelu.Backward(Pool, slope, x.Value, y.Gradient, y.Gradient);
            Hand(y.Gradient, x);
        });
        return y;
    }

    /// <inheritdoc/>
    public Variable Snake(Variable x, IWeight alpha)
    {
        var a = Of(alpha);
        var y = New(x.Value.Rows, x.Value.Columns);
        Numerics.Snake.Forward(Pool, x.Value, a.Value, y.Value);
        Record(y, () =>
        {
            Numerics.Snake.Backward(Pool, x.Value, a.Value, y.Gradient, y.Gradient, a.Trained ? a.Gradient : default);
            if (x.NeedsGradient) Hand(y.Gradient, x);
        });
        return y;
    }

    private void LinearBackward(Variable x, Parameter w, Parameter? b, Matrix dy)
    {
        if (w.Trained) Gemm.Multiply(Pool, dy, true, x.Value, false, w.Gradient, accumulate: true);
        if (b is { Trained: true }) ColumnSums.Accumulate(Pool, dy, b.Gradient);
        if (!x.NeedsGradient) return;
        var dx = GradientOf(x, out var accumulate);
        Gemm.Multiply(Pool, dy, false, w.Value, false, dx, accumulate);
    }

    /// <summary>Adds a gradient whose storage is free from now on: at the first use it simply changes hands.</summary>
    private void Hand(Matrix gradient, Variable to)
    {
        if (to.Gradient.IsNull) to.Gradient = gradient;
        else Vectors.Add(Pool, gradient, to.Gradient);
    }
}

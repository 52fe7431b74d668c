using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Activations;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Sweeps;

namespace Qwen2Audio.Training.Ops;

internal sealed partial class TrainingOps
{
    public Variable Linear(Variable x, IWeight weight, IWeight? bias = null)
    {
        var w = Kernel(weight);
        var b = bias is null ? null : Of(bias);
        var y = New(x.Value.Rows, w.Rows, x.NeedsGradient || w.Learns || b is { Trained: true });
        Multiply(x.Value, w, b, y.Value);
        var adapted = AddLowRank(w.Adapter, x.Value, y.Value);
        Record(y, () => LinearBackward(x, w, b, adapted, y.Gradient));
        return y;
    }

    public void Qkv(Variable x, QkvWeights weights, out Variable q, out Variable k, out Variable v)
    {
        q = Linear(x, weights.Query, weights.QueryBias);
        k = Linear(x, weights.Key, weights.KeyBias);
        v = Linear(x, weights.Value, weights.ValueBias);
    }

    public Variable GatedFfn(Variable x, GatedFfnWeights weights)
    {
        var gate = Linear(x, weights.Gate);
        var up = Linear(x, weights.Up);
        var inner = New(gate.Value.Rows, gate.Value.Columns, gate.NeedsGradient || up.NeedsGradient);
        SwiGlu.Forward(Pool, gate.Value, up.Value, inner.Value);
        Record(inner, () =>
        {
            gate.Gradient = NewLike(gate);
            up.Gradient = NewLike(up);
            SwiGlu.Backward(Pool, gate.Value, up.Value, inner.Gradient, gate.Gradient, up.Gradient);
        });
        return Linear(inner, weights.Down);
    }

    public Variable Mlp(Variable x, MlpWeights weights, Activation activation) =>
        Linear(Activate(Linear(x, weights.Fc1, weights.Fc1Bias), activation), weights.Fc2, weights.Fc2Bias);

    public Variable Activate(Variable x, in ActivationSpec spec)
    {
        if (spec.Alpha is not null) return Snake(x, spec.Alpha);
        if (spec.Slope is { } slope) return LeakyRelu(x, slope);
        var activation = spec.Function;
        var function = activation switch
        {
            Activation.Gelu => ElementwiseFunction.Gelu,
            Activation.Silu => ElementwiseFunction.Silu,
            Activation.Relu => ElementwiseFunction.Relu,
            Activation.Elu => ElementwiseFunction.Elu,
            Activation.Tanh => ElementwiseFunction.Tanh,
            _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "Unknown activation."),
        };
        var y = New(x.Value.Rows, x.Value.Columns, x.NeedsGradient);
        Elementwise.Forward(Pool, function, x.Value, y.Value);
        Record(y, () =>
        {
            Elementwise.Backward(Pool, function, x.Value, y.Gradient, y.Gradient); // overwrites dy, which is no longer needed
            Hand(y.Gradient, x);
        });
        return y;
    }

    private Variable LeakyRelu(Variable x, float slope)
    {
        var y = New(x.Value.Rows, x.Value.Columns, x.NeedsGradient);
        Numerics.Activations.LeakyRelu.Forward(Pool, slope, x.Value, y.Value);
        Record(y, () =>
        {
            Numerics.Activations.LeakyRelu.Backward(Pool, slope, x.Value, y.Gradient, y.Gradient);
            Hand(y.Gradient, x);
        });
        return y;
    }

    private Variable Snake(Variable x, IWeight alpha)
    {
        var a = Of(alpha);
        var y = New(x.Value.Rows, x.Value.Columns, x.NeedsGradient || a.Trained);
        Numerics.Activations.Snake.Forward(Pool, x.Value, a.Value, y.Value);
        Record(y, () =>
        {
            Numerics.Activations.Snake.Backward(Pool, x.Value, a.Value, y.Gradient, y.Gradient, a.Trained ? a.Gradient : default);
            if (x.NeedsGradient) Hand(y.Gradient, x);
        });
        return y;
    }

    private void LinearBackward(Variable x, Parameter w, Parameter? b, LowRankValues? adapted, Matrix dy)
    {
        if (w.Trained) Gemm.Multiply(Pool, dy, true, x.Value, false, w.Gradient, accumulate: true);
        if (b is { Trained: true }) ColumnSums.Accumulate(Pool, dy, b.Gradient);
        Matrix dx = default;
        if (x.NeedsGradient)
        {
            dx = GradientOf(x, out var accumulate);
            MultiplyBack(dy, w, dx, accumulate);
        }

        LowRankBackward(adapted, dy, dx);
    }

    /// <summary>Adds a gradient whose storage is no longer needed elsewhere; the first gradient of a variable takes over the storage.</summary>
    private void Hand(Matrix gradient, Variable to)
    {
        if (!to.Gradient.IsNull) Vectors.Add(Pool, gradient, to.Gradient);
        else if (Outlives(gradient, to)) to.Gradient = gradient;
        else (to.Gradient = NewLike(to)).CopyFrom(gradient);
    }
}

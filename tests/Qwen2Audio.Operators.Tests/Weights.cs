using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Operators.Tests;

/// <summary>How recorded parameters become the weights of an operator.</summary>
internal static class Weights
{
    public static Func<Variable, Variable> Linear(OperatorCase recorded)
    {
        var weight = recorded.Weight("weight");
        var bias = recorded.Has("bias") ? recorded.Weight("bias") : null;
        return x => recorded.Ops.Linear(x, weight, bias);
    }

    public static Func<Variable, Variable> RmsNorm(OperatorCase recorded)
    {
        var gain = recorded.Weight("weight");
        return x => recorded.Ops.RmsNorm(x, gain, recorded.Settings.GetProperty("eps").GetSingle());
    }

    public static Func<Variable, Variable> LayerNorm(OperatorCase recorded)
    {
        var (gain, bias) = (recorded.Weight("weight"), recorded.Weight("bias"));
        return x => recorded.Ops.LayerNorm(x, gain, bias, recorded.Settings.GetProperty("eps").GetSingle());
    }

    public static Func<Variable, Variable> SwiGlu(OperatorCase recorded)
    {
        var weights = Gated(recorded, "");
        return x => recorded.Ops.GatedFfn(x, weights);
    }

    public static Func<Variable, Variable> GeluMlp(OperatorCase recorded)
    {
        var weights = new MlpWeights(
            recorded.Weight("fc1.weight"), recorded.Weight("fc1.bias"), recorded.Weight("fc2.weight"), recorded.Weight("fc2.bias"));
        return x => recorded.Ops.Mlp(x, weights, Activation.Gelu);
    }

    public static Func<Variable, Variable> Elu(OperatorCase recorded) => x => recorded.Ops.Activate(x, Activation.Elu);

    public static GatedFfnWeights Gated(OperatorCase recorded, string prefix) => new(
        recorded.Weight(prefix + "gate_proj.weight"), recorded.Weight(prefix + "up_proj.weight"),
        recorded.Weight(prefix + "down_proj.weight"));
}

/// <summary>Recorded tensors have time as the last axis; here rows are time steps.</summary>
internal static class Transpose
{
    /// <summary>[rows, columns] → [columns, rows].</summary>
    public static float[] Of(ReadOnlySpan<float> values, int rows, int columns)
    {
        var turned = new float[values.Length];
        for (var r = 0; r < rows; r++)
            for (var c = 0; c < columns; c++) turned[c * rows + r] = values[r * columns + c];
        return turned;
    }
}

using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Operators.Tests;

/// <summary>Recorded operators over [batch, channels, time], as sequences of rows: convolutions, LSTM and snake.</summary>
internal static class ConvolutionCase
{
    public static void Convolution(OperatorCase recorded)
    {
        var settings = recorded.Settings;
        var spec = ConvSpec.Framed(
            Int(settings, "kernel"), Int(settings, "stride"), Int(settings, "dilation"), Int(settings, "groups"),
            settings.GetProperty("causal").GetBoolean(),
            settings.GetProperty("pad_mode").GetString() == "reflect" ? PadMode.Reflect : PadMode.Zeros);
        var (kernel, bias) = (Kernel(recorded), recorded.Weight("bias"));
        Check(recorded, (x, rows) => recorded.Ops.Conv1d(x, kernel, bias, spec, rows));
    }

    public static void Transposed(OperatorCase recorded)
    {
        var settings = recorded.Settings;
        var spec = TransposedConvSpec.Framed(
            Int(settings, "kernel"), Int(settings, "stride"), Int(settings, "groups"), settings.GetProperty("causal").GetBoolean(),
            settings.GetProperty("trim_right_ratio").GetDouble());
        var (kernel, bias) = (Kernel(recorded), recorded.Weight("bias"));
        Check(recorded, (x, rows) => recorded.Ops.ConvTranspose1d(x, kernel, bias, spec, rows));
    }

    public static void Lstm(OperatorCase recorded)
    {
        LstmLayerWeights[] layers = [.. Enumerable.Range(0, Int(recorded.Settings, "layers")).Select(i => new LstmLayerWeights(
            recorded.Weight($"weight_ih_l{i}"), recorded.Weight($"weight_hh_l{i}"), recorded.Weight($"bias_ih_l{i}"), recorded.Weight($"bias_hh_l{i}")))];
        Check(recorded, (x, rows) => recorded.Ops.Lstm(x, layers, rows));
    }

    public static void Snake(OperatorCase recorded)
    {
        var alpha = recorded.Weight("alpha");
        Check(recorded, (x, _) => recorded.Ops.Activate(x, ActivationSpec.Snake(alpha)));
    }

    private static IWeight Kernel(OperatorCase recorded) => recorded.Settings.GetProperty("weight_norm").GetBoolean()
        ? new NormedWeight(recorded.Weight("g"), recorded.Weight("v")) : recorded.Weight("weight");

    private static int Int(JsonElement settings, string name) => settings.GetProperty(name).GetInt32();

    private static void Check(OperatorCase recorded, Func<Variable, Layout, Variable> operation)
    {
        recorded.FillParameters();
        var shape = recorded.Shape("x");
        var (batch, channels, time) = (shape[0], shape[1], shape[2]);
        var rows = Layout.Of([.. Enumerable.Repeat(time, batch)]);
        var x = recorded.Ops.InputWithGradient(Turned(recorded.Floats("x"), batch, channels, time), batch * time, channels);
        var y = operation(x, rows);
        var (width, outputs) = (y.Value.Columns, recorded.Shape("out.y")[2]);
        int[] found = [batch, width, y.Value.Rows / batch];
        Assert.Equal(recorded.Shape("out.y"), found);
        recorded.CheckOutput("y", Turned(y.Value.Span, batch, outputs, width));
        var seed = recorded.Ops.Scratch(y.Value.Rows, width);
        Turned(recorded.Floats("upstream.y"), batch, width, outputs).CopyTo(seed.Span);
        recorded.Ops.Seed(y, seed);
        recorded.Ops.Backward();
        recorded.CheckGradient("x", Turned(x.Gradient.Span, batch, time, channels));
        recorded.CheckParameterGradients();
    }

    /// <summary>[batch, rows, columns] → [batch, columns, rows].</summary>
    private static float[] Turned(ReadOnlySpan<float> values, int batch, int rows, int columns)
    {
        var turned = new List<float>(values.Length);
        for (var i = 0; i < batch; i++) turned.AddRange(Transpose.Of(values.Slice(i * rows * columns, rows * columns), rows, columns));
        return [.. turned];
    }
}

using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Operators.Tests;

/// <summary>
/// Recorded convolutions [batch, channels, time], as sequences of rows. The form in use so far: zeros around, no dilation, one group
/// or one a channel, plain kernels.
/// </summary>
internal static class ConvolutionCase
{
    public static bool IsInUse(int index)
    {
        var settings = OperatorCase.SettingsOf("conv1d", index);
        return settings.GetProperty("pad_mode").GetString() == "constant" && settings.GetProperty("dilation").GetInt32() == 1
            && settings.GetProperty("groups").GetInt32() == 1 && !settings.GetProperty("weight_norm").GetBoolean();
    }

    public static void Check(OperatorCase recorded)
    {
        var shape = recorded.Shape("x");
        var (batch, channels, time) = (shape[0], shape[1], shape[2]);
        var (kernel, stride) = (recorded.Settings.GetProperty("kernel").GetInt32(), recorded.Settings.GetProperty("stride").GetInt32());
        var outputs = (time + stride - 1) / stride;
        var (total, extra) = (kernel - stride, outputs * stride - time);
        var right = recorded.Settings.GetProperty("causal").GetBoolean() ? 0 : total / 2;
        var spec = new ConvSpec(kernel, stride, 1, total - right, right + extra);
        var (weight, bias) = (recorded.Weight("weight"), recorded.Weight("bias"));
        recorded.FillParameters();

        var rows = Layout.Of([.. Enumerable.Repeat(time, batch)]);
        var x = recorded.Ops.InputWithGradient(TimeFirst(recorded.Floats("x"), batch, channels, time), batch * time, channels);
        var y = recorded.Ops.Conv1d(x, weight, bias, spec, rows);
        var outChannels = y.Value.Columns;
        recorded.CheckOutput("y", TimeLast(y.Value.Span, batch, outChannels, outputs));
        var seed = recorded.Ops.Scratch(y.Value.Rows, outChannels);
        TimeFirst(recorded.Floats("upstream.y"), batch, outChannels, outputs).CopyTo(seed.Span);
        recorded.Ops.Seed(y, seed);
        recorded.Ops.Backward();
        recorded.CheckGradient("x", TimeLast(x.Gradient.Span, batch, channels, time));
        recorded.CheckParameterGradients();
    }

    private static float[] TimeFirst(ReadOnlySpan<float> values, int batch, int channels, int time) => Each(values, batch, channels, time);

    private static float[] TimeLast(ReadOnlySpan<float> values, int batch, int channels, int time) => Each(values, batch, time, channels);

    private static float[] Each(ReadOnlySpan<float> values, int batch, int rows, int columns)
    {
        var turned = new List<float>(values.Length);
        for (var i = 0; i < batch; i++) turned.AddRange(Transpose.Of(values.Slice(i * rows * columns, rows * columns), rows, columns));
        return [.. turned];
    }
}

using Qwen2Audio.Model.Codec;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Quantisation;

namespace Qwen2Audio.Operators.Tests;

/// <summary>Recorded quantisers: codes, values, losses, gradients, and the averages after the step.</summary>
internal static class QuantiserCase
{
    public static void Residual(OperatorCase recorded)
    {
        var shape = recorded.Shape("codebooks");
        var (stages, entries, dimension) = (shape[0], shape[1], shape[2]);
        var quantiser = ResidualQuantiser.Euclidean(recorded.Parameters.Weights.Sub("quantizer"), stages, entries, dimension);
        var sizes = Weights(recorded, "cluster_size", stages, entries);
        var sums = Weights(recorded, "embed_avg", stages, entries, dimension);
        recorded.Parameters.Allocate(_ => true);
        Parameter[] codebooks = [.. quantiser.Stages.Select(stage => (Parameter)stage.Codebook)];
        Fill(codebooks, recorded.Floats("codebooks"));
        Fill(sizes, recorded.Floats("ema.cluster_size"));
        Fill(sums, recorded.Floats("ema.embed_sum"));

        var z = recorded.Input("z");
        var codes = new int[z.Value.Rows * stages];
        var quantised = quantiser.Quantise(recorded.Ops, z, stages, codes);
        var distance = Distance(recorded);
        recorded.SeedFrom("quantised", quantised);
        recorded.Ops.Backward();
        Assert.Equal(recorded.Integers("out.codes"), codes);
        recorded.CheckOutput("quantised", quantised.Value);
        recorded.CheckOutput("commitment_loss", distance);
        recorded.CheckOutput("codebook_loss", distance);
        recorded.CheckGradient("z", z);
        recorded.CheckGradient("codebooks", Joined(codebooks, codebook => codebook.Gradient.Span.ToArray()));

        var settings = recorded.Settings;
        var average = new CodebookAverage(
            codebooks, sizes, sums, settings.GetProperty("ema_decay").GetDouble(), settings.GetProperty("ema_epsilon").GetDouble());
        average.Update(recorded.Ops);
        recorded.CheckOutput("ema_cluster_size", Joined(sizes, size => size.Value.Span.ToArray()));
        recorded.CheckOutput("ema_embed_sum", Joined(sums, sum => sum.Value.Span.ToArray()));
        recorded.CheckOutput("ema_codebooks", Joined(codebooks, codebook => codebook.Value.Span.ToArray()));
    }

    /// <summary>Recorded as [batch, width, time] and [batch, stages, time]; here rows are (batch, time).</summary>
    public static void Factorised(OperatorCase recorded)
    {
        var shape = recorded.Shape("z");
        var (batch, width, time) = (shape[0], shape[1], shape[2]);
        var stages = recorded.Settings.GetProperty("stages").GetInt32();
        var codebook = recorded.Shape("0.codebook.weight");
        var quantiser = ResidualQuantiser.Factorised(recorded.Parameters.Weights, stages, codebook[0], codebook[1], width);
        recorded.FillParameters();

        var z = recorded.Ops.InputWithGradient(TimeFirst(recorded.Floats("z"), batch, width, time), batch * time, width);
        var found = new int[batch * time * stages];
        var quantised = quantiser.Quantise(recorded.Ops, z, stages, found);
        var distance = Distance(recorded);
        var seed = recorded.Ops.Scratch(batch * time, width);
        TimeFirst(recorded.Floats("upstream.quantised"), batch, width, time).CopyTo(seed.Span);
        recorded.Ops.Seed(quantised, seed);
        recorded.Ops.Backward();
        var codes = TimeFirst([.. recorded.Integers("out.codes").Select(code => (float)code)], batch, stages, time);
        Assert.Equal(codes.Select(code => (int)code), found);
        recorded.CheckOutput("quantised", TimeLast(quantised.Value.Span, batch, width, time));
        recorded.CheckOutput("commitment_loss", distance);
        recorded.CheckOutput("codebook_loss", distance);
        recorded.CheckGradient("z", TimeLast(z.Gradient.Span, batch, width, time));
        recorded.CheckParameterGradients();
    }

    private static double Distance(OperatorCase recorded) => QuantiserLoss.Add(
        recorded.Ops, recorded.Ops.QuantisedStages, recorded.Floats("upstream.commitment_loss")[0], recorded.Floats("upstream.codebook_loss")[0]);

    private static List<Parameter> Weights(OperatorCase recorded, string name, int stages, params int[] shape) =>
        [.. Enumerable.Range(0, stages).Select(stage => (Parameter)recorded.Parameters.Weights.Get($"{stage}.{name}", shape))];

    private static void Fill(IReadOnlyList<IWeight> parameters, float[] values)
    {
        var length = values.Length / parameters.Count;
        for (var i = 0; i < parameters.Count; i++) values.AsSpan(i * length, length).CopyTo(((Parameter)parameters[i]).Value.Span);
    }

    private static float[] Joined(IEnumerable<Parameter> parameters, Func<Parameter, float[]> values) => [.. parameters.SelectMany(values)];

    private static float[] TimeFirst(ReadOnlySpan<float> values, int batch, int channels, int time) => Each(values, batch, channels, time);

    private static float[] TimeLast(ReadOnlySpan<float> values, int batch, int channels, int time) => Each(values, batch, time, channels);

    private static float[] Each(ReadOnlySpan<float> values, int batch, int rows, int columns)
    {
        var turned = new List<float>(values.Length);
        for (var i = 0; i < batch; i++) turned.AddRange(Transpose.Of(values.Slice(i * rows * columns, rows * columns), rows, columns));
        return [.. turned];
    }
}

using Qwen2Audio.Model.Codec;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Operators.Tests;

/// <summary>The quantisers on both operator sets: the same codes, any number of stages, codes decoded to their entries.</summary>
public sealed class QuantiserStageTests : InferenceTest
{
    private const int Rows = 23;
    private const int Width = 12;
    private const int Stages = 5;

    public static TheoryData<bool> Kinds => [false, true];

    [Theory, MemberData(nameof(Kinds))]
    public void BothOperatorSetsTakeTheSameEntries(bool factorised)
    {
        foreach (var depths in new int[][] { [], Depths() })
        {
            var codes = new int[Rows * Stages];
            var sum = Quantiser(Weights, factorised).Quantise(Ops, Input(), Stages, codes, depths).Span.ToArray();
            using var parameters = new ParameterSet();
            using var training = new TrainingOps(Pool);
            var quantiser = Quantiser(parameters.Weights, factorised);
            parameters.Allocate(_ => true);
            foreach (var parameter in parameters.Parameters) InferenceWeights.Fill(parameter.Name, parameter.Shape.Count == 1, parameter.Value);
            training.Begin();
            var trained = new int[Rows * Stages];
            var y = quantiser.Quantise(training, training.Input(Frames(), Rows, Width), Stages, trained, depths);
            Assert.Equal(trained, codes);
            for (var i = 0; i < sum.Length; i++) Assert.Equal(y.Value.Span[i], sum[i], 1e-5f);
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void CodesOfAnyNumberOfStagesDecodeToTheirSum(bool factorised)
    {
        var quantiser = Quantiser(Weights, factorised);
        var all = new int[Rows * Stages];
        quantiser.Quantise(Ops, Input(), Stages, all);
        for (var stages = 1; stages <= Stages; stages++)
        {
            var codes = new int[Rows * stages];
            var sum = quantiser.Quantise(Ops, Input(), stages, codes);
            for (var i = 0; i < codes.Length; i++) Assert.Equal(all[i / stages * Stages + i % stages], codes[i]);
            Numbers.Same(sum.Span, quantiser.Decode(Ops, codes, stages).Span);
        }
    }

    /// <summary>A row at a given depth has the codes and sum that it has when all rows use that depth.</summary>
    [Theory, MemberData(nameof(Kinds))]
    public void RowsMayHaveDepthsOfTheirOwn(bool factorised)
    {
        var quantiser = Quantiser(Weights, factorised);
        var (mixed, depths) = (new int[Rows * Stages], Depths());
        var sum = quantiser.Quantise(Ops, Input(), Stages, mixed, depths);
        for (var depth = 1; depth <= Stages; depth++)
        {
            var codes = new int[Rows * depth];
            var whole = quantiser.Quantise(Ops, Input(), depth, codes);
            for (var row = 0; row < Rows; row++)
            {
                if (depths[row] != depth) continue;
                Assert.Equal(whole.Row(row).ToArray(), sum.Row(row).ToArray());
                Assert.Equal([.. codes[(row * depth)..((row + 1) * depth)], .. Enumerable.Repeat(-1, Stages - depth)], mixed[(row * Stages)..((row + 1) * Stages)]);
            }
        }
    }

    /// <summary>Gradients of rows that do not use a stage are those of the stages that they use.</summary>
    [Theory, MemberData(nameof(Kinds))]
    public void GradientsOfDepthsAreThoseOfFewerStages(bool factorised)
    {
        using var parameters = new ParameterSet();
        using var ops = new TrainingOps(Pool);
        var quantiser = Quantiser(parameters.Weights, factorised);
        parameters.Allocate(_ => true);
        foreach (var parameter in parameters.Parameters) InferenceWeights.Fill(parameter.Name, parameter.Shape.Count == 1, parameter.Value);
        var depths = new int[Rows];
        depths.AsSpan().Fill(2);
        var (found, foundGradients) = Gradients(Stages, depths);
        var (expected, expectedGradients) = Gradients(2, []);
        Assert.Equal(expected, found);
        Assert.Equal(expectedGradients, foundGradients);

        (float[] Input, float[] Parameters) Gradients(int stages, int[] depths)
        {
            parameters.Gradients.Clear();
            ops.Begin();
            var x = ops.InputWithGradient(Frames(), Rows, Width);
            var y = quantiser.Quantise(ops, x, stages, new int[Rows * stages], depths);
            var seed = ops.Scratch(Rows, Width);
            Frames(2).CopyTo(seed.Span);
            ops.Seed(y, seed);
            Training.Quantisation.QuantiserLoss.Add(ops, ops.QuantisedStages, 0.7f, 0.3f);
            ops.Backward();
            return (x.Gradient.Span.ToArray(), parameters.Gradients.Span.ToArray());
        }
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        var quantiser = Quantiser(Weights, false);
        Assert.Throws<ArgumentException>(() => quantiser.Quantise(Ops, Input(), 2, new int[Rows]));
        Assert.Throws<ArgumentException>(() => quantiser.Quantise(Ops, Input(), 1, new int[Rows], [1]));
        Assert.Throws<ArgumentException>(() => quantiser.Quantise(Ops, Input(), 0, []));
        Assert.Throws<ArgumentException>(() => Ops.Quantise(
            Input(), [new QuantiserStage(quantiser.Stages[0].Codebook, new Projection(Weights.Get("in", Width, Width)))], new int[Rows]));
        Assert.Throws<ArgumentException>(() => quantiser.Decode(Ops, new int[7], 2));
        Assert.Throws<ArgumentException>(() => quantiser.Decode(Ops, new int[12], 6));
        Assert.ThrowsAny<ArgumentException>(() => quantiser.Decode(Ops, [0, 9, 99], 1));
    }

    [Fact]
    public void NoRowsHaveNoCodes() => Assert.Equal(0, Quantiser(Weights, true).Quantise(Ops, Ops.Input([], 0, Width), Stages, []).Rows);

    private static ResidualQuantiser Quantiser(IWeights weights, bool factorised) => factorised
        ? ResidualQuantiser.Factorised(weights.Sub("factorised"), Stages, 17, 4, Width)
        : ResidualQuantiser.Euclidean(weights.Sub("residual"), Stages, 17, Width);

    private Matrix Input() => Ops.Input(Frames(), Rows, Width);

    private static float[] Frames(int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Rows * Width).Select(_ => InferenceWeights.Normal(random))];
    }

    private static int[] Depths() => [.. Enumerable.Range(0, Rows).Select(row => 1 + row % Stages)];
}

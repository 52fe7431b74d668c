using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Quantisation;

namespace Qwen2Audio.Operators.Tests;

/// <summary>Gradients of quantisers where they are slopes, and what goes straight through where they are not.</summary>
public sealed class QuantiserContractTests : IDisposable
{
    private const int Rows = 17;
    private const int Width = 10;
    private readonly WorkerPool _pool = new(2);
    private readonly TrainingOps _ops;
    private readonly ParameterSet _parameters = new();

    public QuantiserContractTests() => _ops = new TrainingOps(_pool);

    [Fact]
    public void TheCodebookLossHasItsSlope()
    {
        var quantiser = LossesUnderTest.Residual(_parameters, stages: 1);
        var z = Random(Rows * 6, seed: 1);
        CheckParameter("0.codebook", () => Run(quantiser, z, 0, 1.3f).Result.CodebookLoss * 1.3f);
    }

    [Fact]
    public void GradientsPassStraightThroughAndLeaveTheCodebooksAlone()
    {
        var quantiser = LossesUnderTest.Residual(_parameters, stages: 3);
        var (step, z) = Run(quantiser, Random(Rows * 6, seed: 1), 0, 0);
        var upstream = Random(Rows * 6, seed: 2);
        Seed(step, upstream);
        _ops.Backward();
        Assert.Equal(upstream, z.Gradient.Span.ToArray());
        Assert.Equal(0, Vectors.SumOfSquares(_pool, _parameters.Gradients));
    }

    [Fact]
    public void AFrozenCodebookGetsNoGradient()
    {
        var quantiser = LossesUnderTest.Residual(_parameters, stages: 2);
        quantiser.Codebooks[0].Trained = false;
        Run(quantiser, Random(Rows * 6, seed: 1), 1, 1);
        Assert.Equal(0, Vectors.SumOfSquares(_pool, quantiser.Codebooks[0].Gradient));
        Assert.NotEqual(0, Vectors.SumOfSquares(_pool, quantiser.Codebooks[1].Gradient));
    }

    [Theory]
    [InlineData("0.in_proj.weight", 1.3f, 0f)]
    [InlineData("0.in_proj.bias", 1.3f, 0f)]
    [InlineData("0.codebook.weight", 0f, 0.7f)]
    public void ADistanceHasItsSlope(string parameter, float commitment, float codebook)
    {
        var quantiser = Factorised(stages: 1);
        var z = Random(Rows * Width, seed: 1);
        CheckParameter(parameter, () =>
        {
            _ops.Begin();
            var step = quantiser.Forward(_ops, _ops.InputWithGradient(z, Rows, Width), commitment, codebook);
            _ops.Backward();
            return step.CommitmentLoss * (commitment + codebook);
        });
    }

    /// <summary>The outward projections act on entries, which stand: their gradient is a slope, in the last stage.</summary>
    [Theory]
    [InlineData("1.out_proj.weight")]
    [InlineData("1.out_proj.bias")]
    public void TheSumHasItsSlope(string parameter)
    {
        var quantiser = Factorised(stages: 2);
        var (z, upstream) = (Random(Rows * Width, seed: 1), Random(Rows * Width, seed: 2));
        CheckParameter(parameter, () =>
        {
            _ops.Begin();
            var step = quantiser.Forward(_ops, _ops.InputWithGradient(z, Rows, Width), 0, 0);
            Seed(step, upstream);
            _ops.Backward();
            var sum = 0.0;
            for (var i = 0; i < upstream.Length; i++) sum += (double)upstream[i] * step.Quantised.Value.Span[i];
            return sum;
        });
    }

    [Fact]
    public void AveragesKeepCodebooksThatNobodyMoves()
    {
        var quantiser = ResidualQuantiser.From(_parameters.Weights, stages: 1, entries: 2, dimension: 3);
        var size = _parameters.Weights.Get("size", 2);
        var sum = _parameters.Weights.Get("sum", 2, 3);
        _parameters.Allocate(_ => true);
        float[] entries = [1, 0, 0, 0, 2, 0];
        entries.CopyTo(quantiser.Codebooks[0].Value.Span);
        entries.CopyTo(((Parameter)sum).Value.Span);
        ((Parameter)size).Value.Fill(1);
        var average = new CodebookAverage(quantiser.Codebooks, [size], [sum], decay: 0.9, epsilon: 0);
        average.Update(Run(quantiser, entries, 0, 0).Result); // each entry is chosen once, by itself
        var found = quantiser.Codebooks[0].Value.Span.ToArray();
        for (var i = 0; i < found.Length; i++) Assert.Equal(entries[i], found[i], 1e-6f);
        Assert.False(quantiser.Codebooks[0].Trained);
    }

    public void Dispose()
    {
        _ops.Dispose();
        _parameters.Dispose();
        _pool.Dispose();
    }

    private FactorisedQuantiser Factorised(int stages)
    {
        var quantiser = new FactorisedQuantiser(
            [.. Enumerable.Range(0, stages).Select(stage => FactorisedStage.From(_parameters.Weights.Sub($"{stage}"), Width, 8, 3))]);
        LossesUnderTest.Fill(_parameters);
        return quantiser;
    }

    private (QuantisedRows Result, Variable Z) Run(ResidualQuantiser quantiser, float[] z, float commitment, float codebook)
    {
        _ops.Begin();
        var dimension = quantiser.Codebooks[0].Value.Columns;
        var x = _ops.InputWithGradient(z, z.Length / dimension, dimension);
        return (quantiser.Forward(_ops, x, commitment, codebook), x);
    }

    private void Seed(QuantisedRows step, float[] upstream)
    {
        var seed = _ops.Scratch(step.Quantised.Value.Rows, step.Quantised.Value.Columns);
        upstream.CopyTo(seed.Span);
        _ops.Seed(step.Quantised, seed);
    }

    private void CheckParameter(string name, Func<double> function)
    {
        var parameter = _parameters[name];
        _parameters.Gradients.Clear();
        function();
        var gradient = parameter.Gradient.Span.ToArray();
        var moved = parameter.Value.Span.ToArray();
        Slope.Check(name, gradient, moved, () =>
        {
            moved.CopyTo(parameter.Value.Span);
            return function();
        });
    }

    private static float[] Random(int length, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => InferenceWeights.Normal(random))];
    }
}

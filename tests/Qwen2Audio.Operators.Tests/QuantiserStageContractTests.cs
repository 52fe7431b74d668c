using Qwen2Audio.Model.Codec;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Quantisation;

namespace Qwen2Audio.Operators.Tests;

/// <summary>Gradients of quantisers where they are derivatives, and straight-through values where they are not.</summary>
public sealed class QuantiserStageContractTests : IDisposable
{
    private const int Rows = 17;
    private const int Width = 10;
    private readonly WorkerPool _pool = new(2);
    private readonly TrainingOps _ops;
    private readonly ParameterSet _parameters = new();

    public QuantiserStageContractTests() => _ops = new TrainingOps(_pool);

    [Fact]
    public void TheCodebookLossHasItsSlope()
    {
        var quantiser = LossesUnderTest.Residual(_parameters, stages: 1);
        var z = Random(Rows * 6, seed: 1);
        CheckParameter("0.codebook", () => Run(quantiser, z, 0, 1.3f).Loss * 1.3f);
    }

    [Fact]
    public void GradientsPassStraightThroughAndLeaveTheCodebooksAlone()
    {
        var quantiser = LossesUnderTest.Residual(_parameters, stages: 3);
        var (step, z, _) = Run(quantiser, Random(Rows * 6, seed: 1), 0, 0);
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
        Codebooks(quantiser)[0].Trained = false;
        Run(quantiser, Random(Rows * 6, seed: 1), 1, 1);
        Assert.Equal(0, Vectors.SumOfSquares(_pool, Codebooks(quantiser)[0].Gradient));
        Assert.NotEqual(0, Vectors.SumOfSquares(_pool, Codebooks(quantiser)[1].Gradient));
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
            Quantise(quantiser, _ops.InputWithGradient(z, Rows, Width));
            var loss = QuantiserLoss.Add(_ops, _ops.QuantisedStages, commitment, codebook);
            _ops.Backward();
            return loss * (commitment + codebook);
        });
    }

    /// <summary>The output projections act on entries, which are constant: their gradient is a true derivative in the last stage.</summary>
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
            var step = Quantise(quantiser, _ops.InputWithGradient(z, Rows, Width));
            Seed(step, upstream);
            _ops.Backward();
            var sum = 0.0;
            for (var i = 0; i < upstream.Length; i++) sum += (double)upstream[i] * step.Value.Span[i];
            return sum;
        });
    }

    [Fact]
    public void AveragesKeepCodebooksThatNobodyMoves()
    {
        var quantiser = ResidualQuantiser.Euclidean(_parameters.Weights, stages: 1, entries: 2, dimension: 3);
        var size = _parameters.Weights.Get("size", 2);
        var sum = _parameters.Weights.Get("sum", 2, 3);
        _parameters.Allocate(_ => true);
        float[] entries = [1, 0, 0, 0, 2, 0];
        entries.CopyTo(Codebooks(quantiser)[0].Value.Span);
        entries.CopyTo(((Parameter)sum).Value.Span);
        ((Parameter)size).Value.Fill(1);
        var average = new CodebookAverage(Codebooks(quantiser), [size], [sum], decay: 0.9, epsilon: 0);
        Run(quantiser, entries, 0, 0);
        average.Update(_ops); // each entry is chosen once, by itself
        var found = Codebooks(quantiser)[0].Value.Span.ToArray();
        for (var i = 0; i < found.Length; i++) Assert.Equal(entries[i], found[i], 1e-6f);
        Assert.False(Codebooks(quantiser)[0].Trained);
    }

    public void Dispose()
    {
        _ops.Dispose();
        _parameters.Dispose();
        _pool.Dispose();
    }

    private static Parameter[] Codebooks(ResidualQuantiser quantiser) => [.. quantiser.Stages.Select(stage => (Parameter)stage.Codebook)];

    private Variable Quantise(ResidualQuantiser quantiser, Variable z) =>
        quantiser.Quantise(_ops, z, quantiser.Stages.Count, new int[z.Value.Rows * quantiser.Stages.Count]);

    private ResidualQuantiser Factorised(int stages)
    {
        var quantiser = ResidualQuantiser.Factorised(_parameters.Weights, stages, 8, 3, Width);
        LossesUnderTest.Fill(_parameters);
        return quantiser;
    }

    private (Variable Result, Variable Z, double Loss) Run(ResidualQuantiser quantiser, float[] z, float commitment, float codebook)
    {
        _ops.Begin();
        var dimension = Codebooks(quantiser)[0].Value.Columns;
        var x = _ops.InputWithGradient(z, z.Length / dimension, dimension);
        var y = Quantise(quantiser, x);
        return (y, x, QuantiserLoss.Add(_ops, _ops.QuantisedStages, commitment, codebook));
    }

    private void Seed(Variable step, float[] upstream)
    {
        var seed = _ops.Scratch(step.Value.Rows, step.Value.Columns);
        upstream.CopyTo(seed.Span);
        _ops.Seed(step, seed);
    }

    private void CheckParameter(string name, Func<double> function)
    {
        var parameter = _parameters[name];
        _parameters.Gradients.Clear();
        function();
        var gradient = parameter.Gradient.Span.ToArray();
        var moved = parameter.Value.Span.ToArray();
        FiniteDifferences.Check(name, gradient, moved, () =>
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

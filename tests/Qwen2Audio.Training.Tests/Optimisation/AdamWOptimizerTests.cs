using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;

namespace Qwen2Audio.Training.Tests.Optimisation;

public sealed class AdamWOptimizerTests : IDisposable
{
    private readonly WorkerPool _pool = new(2);
    private readonly ParameterSet _parameters = new();
    private readonly Parameter _matrix;
    private readonly Parameter _bias;
    private readonly Parameter _frozen;

    public AdamWOptimizerTests()
    {
        _bias = (Parameter)_parameters.Weights.Get("bias", 5);
        _matrix = (Parameter)_parameters.Weights.Get("matrix", 3, 5);
        _frozen = (Parameter)_parameters.Weights.Get("frozen", 2, 2);
        _frozen.Trained = false;
        _parameters.Allocate(DecayGroups.Matrices);
        foreach (var parameter in _parameters.Parameters) parameter.Value.Fill(1);
    }

    [Theory]
    [InlineData(float.NaN, 0)]
    [InlineData(float.PositiveInfinity, 0)]
    [InlineData(1, double.NaN)]
    public void A_step_that_is_not_finite_changes_nothing(float gradient, double loss)
    {
        using var average = new WeightAverage(_parameters, 0.5, _pool);
        var optimizer = new AdamWOptimizer(_parameters, new AdamWOptions(), _pool) { Average = average };
        var schedule = new LearningRateSchedule(new LearningRateSettings { Type = "linear", LearningRate = 0.1, NumWarmupSteps = 2, NumTrainingSteps = 9 });
        for (var i = 0; i < 3; i++)
        {
            _parameters.Gradients.Fill(0.5f);
            Assert.True(optimizer.TryUpdate(schedule.Rate(optimizer.Step), 1).Applied);
        }

        var before = State(average);
        _matrix.Gradient.Span[7] = gradient;
        Assert.False(optimizer.TryUpdate(schedule.Rate(optimizer.Step), loss).Applied);
        Assert.Equal(before, State(average));
        Assert.Equal(3, optimizer.Step);
        Assert.Throws<ArgumentOutOfRangeException>(() => optimizer.Update(0.1, double.NaN));
        Assert.Equal(before, State(average));
    }

    [Fact]
    public void Gains_and_biases_do_not_decay_and_frozen_ones_stay()
    {
        _parameters.Gradients.Clear();
        var optimizer = new AdamWOptimizer(_parameters, new AdamWOptions(WeightDecay: 0.5), _pool);
        Assert.True(optimizer.TryUpdate(0.1).Applied);
        Assert.All(_matrix.Value.Span.ToArray(), value => Assert.Equal(0.95f, value, 1e-6f));
        Assert.All(_bias.Value.Span.ToArray(), value => Assert.Equal(1f, value));
        Assert.All(_frozen.Value.Span.ToArray(), value => Assert.Equal(1f, value));
    }

    [Fact]
    public void The_average_follows_trained_weights_and_restores_from_its_block()
    {
        using var average = new WeightAverage(_parameters, 0.75, _pool);
        var optimizer = new AdamWOptimizer(_parameters, new AdamWOptions(), _pool) { Average = average };
        var expected = _matrix.Value.Span.ToArray().Select(value => (double)value).ToArray();
        for (var step = 0; step < 4; step++)
        {
            _parameters.Gradients.Fill(step - 1.5f);
            optimizer.TryUpdate(0.1);
            for (var i = 0; i < expected.Length; i++) expected[i] = 0.75 * expected[i] + 0.25 * _matrix.Value.Span[i];
        }

        Assert.All(average.Of(_matrix).Span.ToArray().Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 1e-6));
        Assert.Equal([3, 5], new[] { average.Of(_matrix).Rows, average.Of(_matrix).Columns });
        Assert.Equal(_frozen.Value.Span.ToArray(), average.Of(_frozen).Span.ToArray());

        using var other = new WeightAverage(_parameters, 0.75, _pool);
        other.Values.CopyFrom(average.Values);
        Assert.Equal(average.Of(_bias).Span.ToArray(), other.Of(_bias).Span.ToArray());
        other.Restart();
        Assert.Equal(_matrix.Value.Span.ToArray(), other.Of(_matrix).Span.ToArray());
    }

    public void Dispose()
    {
        _parameters.Dispose();
        _pool.Dispose();
    }

    private float[] State(WeightAverage average) =>
        [.. _parameters.Values.Span, .. _parameters.FirstMoments.Span, .. _parameters.SecondMoments.Span, .. average.Values.Span];
}

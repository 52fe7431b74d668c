using Qwen2Audio.Model;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Speech;
using Qwen2Audio.Training.Tests.Speech;

namespace Qwen2Audio.Training.Tests.Ops;

/// <summary>Frozen parameters keep their bits, even if trained before, and do not affect the trained ones.</summary>
public sealed class ParameterFreezingTests : IDisposable
{
    private static readonly LossWeights Losses = new(Decoder: 1.3, Ctc: 0.4, Phones: 0.7, Balance: 0.05, LabelSmoothing: 0.05, TokenNoise: 0);
    private readonly WorkerPool _pool = new(2);
    private readonly ParameterSet _parameters = new();
    private readonly TrainingOps _ops;
    private readonly Qwen2AudioModel _model;
    private readonly AdamWOptimizer _optimizer;
    private readonly SpeechBatch _batch;

    public ParameterFreezingTests()
    {
        _ops = new TrainingOps(_pool);
        _model = TinySpeech.Make(_parameters, expertsPerToken: 2);
        _optimizer = new AdamWOptimizer(_parameters, new AdamWOptions(WeightDecay: 0.1), _pool);
        var random = new Random(2);
        _batch = SpeechBatch.Pack([TinySpeech.Example(random, 41, [9, 12, 9]), TinySpeech.Example(random, 63, [20, 20, 11, 13])], _model.Encoder, TinySpeech.Tokens);
        Step(); // everything is trained: moments are no longer zero
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Frozen_weights_keep_their_bits(int odd)
    {
        for (var i = 0; i < _parameters.Parameters.Count; i++) _parameters.Parameters[i].Trained = i % 2 == odd;
        var before = _parameters.Parameters.ToDictionary(parameter => parameter, parameter => parameter.Value.Span.ToArray());
        for (var step = 0; step < 3; step++) Step();
        foreach (var (parameter, values) in before)
        {
            if (parameter.Trained) Assert.NotEqual(values, parameter.Value.Span.ToArray());
            else Assert.Equal(values, parameter.Value.Span.ToArray());
            if (!parameter.Trained) Assert.All(parameter.Gradient.Span.ToArray(), value => Assert.Equal(0, value));
        }
    }

    [Fact]
    public void Frozen_gradients_do_not_count_in_the_norm()
    {
        var frozen = _parameters.Parameters[3];
        frozen.Trained = false;
        _parameters.Gradients.Clear();
        frozen.Gradient.Span.Fill(1000);
        _parameters.Parameters[4].Gradient.Span[0] = 3;
        _parameters.Parameters[^1].Gradient.Span[0] = 4;
        Assert.Equal(5, _optimizer.GradientNorm(), 1e-9);
    }

    public void Dispose()
    {
        _ops.Dispose();
        _parameters.Dispose();
        _pool.Dispose();
    }

    private void Step()
    {
        _parameters.Gradients.Clear();
        _ops.Begin(seed: 11);
        SpeechStep.Forward(_ops, _model, _batch, TinySpeech.Tokens, Losses, seed: 7);
        _ops.Backward();
        _optimizer.Update(1e-2, _optimizer.GradientNorm());
    }
}

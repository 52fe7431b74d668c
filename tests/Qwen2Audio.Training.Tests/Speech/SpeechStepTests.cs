using Qwen2Audio.Model;
using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Speech;

namespace Qwen2Audio.Training.Tests.Speech;

/// <summary>The whole speech model with all its losses: the gradient predicts how the loss changes along a direction.</summary>
public sealed class SpeechStepTests : IDisposable
{
    private static readonly LossWeights Weights = new(Decoder: 1.3, Ctc: 0.4, Phones: 0.7, Balance: 0.05, LabelSmoothing: 0.05, TokenNoise: 0) { RouterZ = 0.03 };
    private readonly WorkerPool _pool = new(2);
    private readonly ParameterSet _parameters = new();
    private readonly TrainingOps _ops;
    private readonly Qwen2AudioModel _model;
    private readonly EncodedExample[] _examples;
    private SpeechBatch _batch;

    public SpeechStepTests()
    {
        _ops = new TrainingOps(_pool);
        _model = TinySpeech.Make(_parameters, expertsPerToken: 3);
        // All experts are active: a choice that changes along the direction would be a jump that no gradient predicts.
        // Biases and gains away from 0 and 1, so that their gradients are tested in general position.
        var random = new Random(3);
        foreach (var parameter in _parameters.Parameters.Where(parameter => parameter.Shape.Count == 1))
            foreach (ref var value in parameter.Value.Span) value += (float)(0.2 * (random.NextDouble() - 0.5));
        _examples = [TinySpeech.Example(random, 41, [9, 12, 9]), TinySpeech.Example(random, 63, [20, 20, 11, 13]), TinySpeech.Example(random, 37, [])];
        _batch = SpeechBatch.Pack(_examples, _model.Encoder, TinySpeech.Tokens);
    }

    [Theory]
    [InlineData(0f, 1, false)]
    [InlineData(0f, 2, false)]
    [InlineData(0.1f, 3, false)]
    [InlineData(0.1f, 4, true)]
    public void Gradient_predicts_the_change_of_the_loss(float dropout, int seed, bool chunks)
    {
        if (chunks) _batch = SpeechBatch.Pack(_examples, _model.Encoder, TinySpeech.Tokens, new EncoderChunks(4, 1));
        _ops.DropoutRate = dropout;
        _parameters.Gradients.Clear();
        Loss();
        _ops.Backward();

        var random = new Random(seed);
        foreach (var parameter in _parameters.Parameters)
        {
            // Along the sign of the gradient, mixed with a random direction: large enough to stand out of float32 rounding.
            var direction = new float[parameter.Value.Length];
            var scale = Math.Sqrt(Vectors.SumOfSquares(_pool, parameter.Gradient) / direction.Length) + 1e-12;
            var predicted = 0.0;
            for (var i = 0; i < direction.Length; i++)
            {
                direction[i] = (float)(parameter.Gradient.Span[i] / scale + 0.3 * (random.NextDouble() - 0.5));
                predicted += (double)direction[i] * parameter.Gradient.Span[i];
            }

            // A step that changes the loss by about 4e-3: far above rounding, short enough that it bends little.
            var step = (float)Math.Clamp(4e-3 / Math.Abs(predicted), 5e-5, 5e-3);
            var change = (LossAt(parameter, direction, step) - LossAt(parameter, direction, -step)) / (2 * step);
            var tolerance = 0.02 * Math.Abs(predicted) + 4e-3;
            Assert.True(Math.Abs(change - predicted) <= tolerance, $"{parameter.Name}: {change} along the direction, {predicted} predicted");
        }
    }

    [Fact]
    public void A_text_without_weight_has_no_part_in_the_decoders_loss()
    {
        _batch = SpeechBatch.Pack([_examples[0], _examples[1] with { DecoderWeight = 0 }], _model.Encoder, TinySpeech.Tokens);
        var both = Decoder();
        _batch = SpeechBatch.Pack([_examples[0]], _model.Encoder, TinySpeech.Tokens);
        Assert.Equal(Decoder(), both, 1e-5);

        _batch = SpeechBatch.Pack([_examples[0], _examples[1] with { DecoderWeight = 3 }], _model.Encoder, TinySpeech.Tokens);
        Assert.NotEqual(both, Decoder(), 1e-3);

        double Decoder()
        {
            _ops.Begin(1);
            return SpeechStep.Forward(_ops, _model, _batch, TinySpeech.Tokens, Weights, seed: 1).Parts.First(part => part.Name == "decoder").Value;
        }
    }

    [Fact]
    public void Memory_does_not_grow_after_the_third_step()
    {
        long held = 0;
        for (var step = 0; step < 12; step++)
        {
            Loss();
            _ops.Backward();
            if (step == 2) held = _ops.ArenaBytes;
        }

        Assert.Equal(held, _ops.ArenaBytes);
    }

    [Fact]
    public void Ever_larger_steps_leave_no_memory_behind()
    {
        for (var rows = 200_000; rows <= 1_000_000; rows += 100_000)
        {
            _ops.Begin();
            _ops.Scratch(rows, 16);
            _ops.Scratch(rows, 16);
        }

        _ops.Begin();
        Assert.InRange(_ops.ArenaBytes, 0, 2L * 1_000_000 * 16 * sizeof(float) * 5 / 4);
    }

    [Fact]
    public void Same_step_gives_the_same_bits_on_any_number_of_threads()
    {
        var (loss, gradients) = OnThreads(2);
        foreach (var threads in new[] { 1, 3 })
        {
            var (otherLoss, others) = OnThreads(threads);
            Assert.Equal(loss, otherLoss);
            Assert.Equal(gradients, others);
        }
    }

    [Fact]
    public void Layers_that_are_computed_twice_give_the_same_bits()
    {
        var (loss, gradients) = OnThreads(2);
        var (otherLoss, others) = OnThreads(2, recompute: true);
        Assert.Equal(loss, otherLoss);
        Assert.Equal(gradients, others);
    }

    public void Dispose()
    {
        _ops.Dispose();
        _parameters.Dispose();
        _pool.Dispose();
    }

    private (double Loss, float[] Gradients) OnThreads(int threads, bool recompute = false)
    {
        using var pool = new WorkerPool(threads);
        using var ops = new TrainingOps(pool) { DropoutRate = 0.1f, Recompute = recompute };
        _parameters.Gradients.Clear();
        ops.Begin(seed: 11);
        var losses = SpeechStep.Forward(ops, _model, _batch, TinySpeech.Tokens, Weights, seed: 7);
        ops.Backward();
        return (losses.Total, _parameters.Gradients.Span.ToArray());
    }

    private double Loss()
    {
        _ops.Begin(seed: 11);
        return SpeechStep.Forward(_ops, _model, _batch, TinySpeech.Tokens, Weights, seed: 7).Total;
    }

    private double LossAt(Parameter parameter, float[] direction, float step)
    {
        var kept = parameter.Value.Span.ToArray();
        for (var i = 0; i < kept.Length; i++) parameter.Value.Span[i] += step * direction[i];
        var loss = Loss();
        kept.CopyTo(parameter.Value.Span);
        return loss;
    }
}

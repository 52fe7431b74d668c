using Qwen2Audio.Model.Codec;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;

namespace Qwen2Audio.Training.Codec;

/// <summary>Period discriminators with parameters and an optimiser of their own.</summary>
internal sealed class CodecDiscriminators : IDisposable
{
    private readonly TrainingOps _ops;
    private readonly IReadOnlyList<PeriodDiscriminator> _discriminators;
    private readonly CodecLossWeights _weights;
    private readonly AdamWOptimizer _optimizer;

    public CodecDiscriminators(DiscriminatorConfig config, CodecLossWeights weights, AdamWOptions options, WorkerPool pool)
    {
        _weights = weights;
        _ops = new TrainingOps(pool);
        _discriminators = PeriodDiscriminator.All(config, Parameters.Weights.Sub("discriminator"));
        Parameters.Allocate(_ => true);
        _optimizer = new AdamWOptimizer(Parameters, options, pool);
    }

    public ParameterSet Parameters { get; } = new();

    /// <summary>One update on recordings and what was made of them, both constant. Loss and gradient norm before it.</summary>
    public (double Loss, double GradientNorm) Learn(Matrix recordings, Matrix made, Layout rows, double rate)
    {
        Parameters.Gradients.Clear();
        _ops.Begin();
        var real = Outputs(_ops, _ops.Input(recordings.Span, rows.Rows, 1), rows);
        var fake = Outputs(_ops, _ops.Input(made.Span, rows.Rows, 1), rows);
        var loss = AdversarialLoss.AddDiscriminator(_ops, Scores(real), Scores(fake), _weights.Form);
        _ops.Backward();
        var norm = _optimizer.GradientNorm();
        _optimizer.Update(rate, norm);
        return (loss, norm);
    }

    /// <summary>Adds the codec's adversarial and feature losses to the tape of <paramref name="ops"/>.</summary>
    public (double Adversarial, double FeatureMatching) AddCodecLosses(TrainingOps ops, Variable recordings, Variable made, Layout rows)
    {
        var real = Outputs(ops, recordings, rows);
        var fake = Outputs(ops, made, rows);
        var adversarial = AdversarialLoss.AddGenerator(ops, Scores(fake), _weights.Form, (float)_weights.Adversarial);
        var features = FeatureMatchingLoss.Add(
            ops, [.. real.Select(j => j.Features)], [.. fake.Select(j => j.Features)], _weights.RelativeFeatures, (float)_weights.FeatureMatching);
        return (adversarial, features);
    }

    /// <summary>While the codec learns, gradients pass through the discriminators and not into them.</summary>
    public void Freeze(bool frozen)
    {
        foreach (var parameter in Parameters.Parameters) parameter.Trained = !frozen;
    }

    public void Dispose()
    {
        _ops.Dispose();
        Parameters.Dispose();
    }

    private DiscriminatorOutput<Variable>[] Outputs(TrainingOps ops, Variable waveforms, Layout rows) =>
        [.. _discriminators.Select(discriminator => discriminator.Forward(ops, waveforms, rows))];

    private static Variable[] Scores(DiscriminatorOutput<Variable>[] outputs) => [.. outputs.Select(output => output.Scores)];
}

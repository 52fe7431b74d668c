using Qwen2Audio.Model.Codec;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Quantisation;

namespace Qwen2Audio.Training.Codec;

/// <summary>
/// Training steps of a codec: on reconstruction alone, or also against discriminators, which have parameters and an optimiser of
/// their own. Give <see cref="Codec"/> and <see cref="Discriminators"/> their starting values before the first step.
/// </summary>
internal sealed class CodecTrainer : IDisposable
{
    private readonly CodecTrainingConfig _config;
    private readonly TrainingOps _ops;
    private readonly CodecEncoder _encoder;
    private readonly ResidualQuantiser _quantiser;
    private readonly CodecDecoder _decoder;
    private readonly MelLoss _mel;
    private readonly AdamWOptimizer _optimizer;
    private readonly CodecDiscriminators? _discriminators;

    /// <summary>Lays out the parameters: <c>encoder</c>, <c>quantizer.S.codebook</c>, <c>decoder</c>; <c>discriminator.I</c>.</summary>
    /// <param name="config">Sizes and losses.</param>
    /// <param name="options">Constants of the codec's optimiser.</param>
    /// <param name="discriminatorOptions">Constants of the discriminators' optimiser.</param>
    /// <param name="pool">The threads, which stay the caller's.</param>
    public CodecTrainer(CodecTrainingConfig config, AdamWOptions options, AdamWOptions discriminatorOptions, WorkerPool pool)
    {
        _config = config;
        var codec = config.Codec;
        _ops = new TrainingOps(pool);
        _encoder = new CodecEncoder(codec, Codec.Weights.Sub("encoder"));
        _quantiser = ResidualQuantiser.Euclidean(Codec.Weights.Sub("quantizer"), codec.Stages, codec.Entries, codec.Dimension);
        _decoder = new CodecDecoder(codec, Codec.Weights.Sub("decoder"));
        Codec.Allocate(_ => true);
        _mel = new MelLoss([.. config.MelScales.Select(scale => MelLossScale.Slaney(codec.SamplingRate, scale.Window, scale.Bins))]);
        _optimizer = new AdamWOptimizer(Codec, options, pool);
        if (config.Discriminator is { } sizes) _discriminators = new CodecDiscriminators(sizes, config.Weights, discriminatorOptions, pool);
    }

    /// <summary>The codec's parameters, codebooks included.</summary>
    public ParameterSet Codec { get; } = new();

    /// <summary>The discriminators' parameters; null if there are none.</summary>
    public ParameterSet? Discriminators => _discriminators?.Parameters;

    /// <summary>One update of the codec on reconstruction and quantisation.</summary>
    /// <param name="waveforms">[batch, samples], one waveform behind the other; samples is a multiple of the codec's hop.</param>
    /// <param name="batch">Number of waveforms.</param>
    /// <param name="learningRate">The codec's rate.</param>
    /// <exception cref="ArgumentException">The waveforms have no such length.</exception>
    public CodecStepReport Reconstruct(ReadOnlySpan<float> waveforms, int batch, double learningRate)
    {
        var report = Forward(waveforms, batch, out _, out _, out _);
        _ops.Backward();
        return Update(report, learningRate);
    }

    /// <summary>
    /// One update of the discriminators on the waveforms and what the codec makes of them, then one of the codec, which also follows
    /// what the updated discriminators say of the same reconstruction.
    /// </summary>
    /// <param name="waveforms">[batch, samples], one waveform behind the other; samples is a multiple of the codec's hop.</param>
    /// <param name="batch">Number of waveforms.</param>
    /// <param name="learningRate">The codec's rate.</param>
    /// <param name="discriminatorRate">The discriminators' rate.</param>
    /// <exception cref="ArgumentException">The waveforms have no such length.</exception>
    /// <exception cref="InvalidOperationException">There are no discriminators.</exception>
    public CodecStepReport Compete(ReadOnlySpan<float> waveforms, int batch, double learningRate, double discriminatorRate)
    {
        var discriminators = _discriminators ?? throw new InvalidOperationException("The configuration has no discriminators.");
        var report = Forward(waveforms, batch, out var x, out var y, out var rows);
        var (loss, norm) = discriminators.Learn(x.Value, y.Value, rows, discriminatorRate);
        var (adversarial, features) = discriminators.AddCodecLosses(_ops, x, y, rows);
        discriminators.Freeze(true);
        try
        {
            _ops.Backward();
        }
        finally
        {
            discriminators.Freeze(false);
        }

        return Update(report with
        {
            Loss = report.Loss + _config.Weights.Adversarial * adversarial + _config.Weights.FeatureMatching * features,
            Adversarial = adversarial,
            FeatureMatching = features,
            Discriminator = loss,
            DiscriminatorGradientNorm = norm,
        }, learningRate);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _discriminators?.Dispose();
        _ops.Dispose();
        Codec.Dispose();
    }

    private CodecStepReport Forward(ReadOnlySpan<float> waveforms, int batch, out Variable x, out Variable y, out Layout rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        var samples = waveforms.Length / batch;
        if (samples == 0 || samples * batch != waveforms.Length || samples % _config.Codec.Hop != 0)
            throw new ArgumentException($"{waveforms.Length} samples are not {batch} waveforms of a multiple of {_config.Codec.Hop} samples.", nameof(waveforms));
        var weights = _config.Weights;
        Codec.Gradients.Clear();
        _ops.Begin();
        var lengths = new int[batch];
        lengths.AsSpan().Fill(samples);
        rows = Layout.Of(lengths);
        x = _ops.Input(waveforms, waveforms.Length, 1);
        var reached = rows;
        var latent = _encoder.Forward(_ops, x, ref reached);
        var codes = new int[reached.Rows * _config.Codec.Stages];
        var quantised = _quantiser.Quantise(_ops, latent, _config.Codec.Stages, codes);
        var distance = QuantiserLoss.Add(_ops, _ops.QuantisedStages, (float)weights.Commitment, (float)weights.Codebook);
        y = _decoder.Forward(_ops, quantised, ref reached);
        var waveform = AbsoluteLoss.Add(_ops, y, x, (float)weights.Waveform);
        var mel = _mel.Add(_ops, _ops.Reshape(y, batch, samples), _ops.Reshape(x, batch, samples), (float)weights.Mel);
        return new CodecStepReport
        {
            Waveform = waveform,
            Mel = mel,
            Commitment = distance,
            Codebook = distance,
            Loss = weights.Waveform * waveform + weights.Mel * mel + weights.Commitment * distance
                + weights.Codebook * distance,
            Codes = codes,
            Latent = latent.Value,
            Reconstruction = y.Value,
        };
    }

    private CodecStepReport Update(CodecStepReport report, double learningRate)
    {
        var norm = _optimizer.GradientNorm();
        _optimizer.Update(learningRate, norm);
        return report with { GradientNorm = norm };
    }
}

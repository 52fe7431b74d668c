using Qwen2Audio.Model.Codec;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Quantisation;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Codec;

/// <summary>
/// The two stages of a codec's training step. The discriminators come first, with recordings and reconstructions as constants;
/// then the codec, which also gets the adversarial losses of the updated discriminators on the same reconstruction.
/// </summary>
internal sealed class CodecStep : IDisposable
{
    private readonly CodecLosses _losses;
    private readonly TrainingOps _discriminatorOps;
    private readonly ContentTeacher? _teacher;
    private readonly PerceptualLoss? _perceptual;
    private readonly CodecDiscriminators? _discriminators;
    private CodecOutput? _output;
    private Layout _rows = Layout.Of();
    private float[] _sound = [];
    private int[] _books = [];
    private double _share;

    /// <summary>Requests the discriminators' weights, <c>discriminator.I</c>, and allocates them.</summary>
    /// <param name="network">The codec, with allocated parameters.</param>
    /// <param name="losses">Its losses.</param>
    /// <param name="discriminators">Sizes of the discriminators; null: none.</param>
    /// <param name="pool">The workers, which the caller keeps.</param>
    /// <param name="teacher">The content loss, which the caller keeps; null: none.</param>
    /// <param name="perceptual">The loss by a recogniser of the decoded audio; null: none.</param>
    public CodecStep(
        ICodecNetwork network, CodecLosses losses, DiscriminatorConfig? discriminators, WorkerPool pool, ContentTeacher? teacher = null, PerceptualLoss? perceptual = null)
    {
        (_teacher, _perceptual) = (teacher, perceptual);
        (Network, _losses, Ops, _discriminatorOps) = (network, losses, new TrainingOps(pool), new TrainingOps(pool));
        _discriminators = discriminators is null ? null : new CodecDiscriminators(discriminators, Discriminators.Weights.Sub("discriminator"));
        Discriminators.Allocate(_ => true);
    }

    /// <summary>The codec.</summary>
    public ICodecNetwork Network { get; }

    /// <summary>The codec's operators; the values of a step stay valid until the next.</summary>
    public TrainingOps Ops { get; }

    /// <summary>The discriminators' parameters; empty without discriminators.</summary>
    public ParameterSet Discriminators { get; } = new();

    /// <summary>The codec's output for the step's crops.</summary>
    public CodecOutput Output => _output ??= Forward();

    /// <summary>Sets a step's crops.</summary>
    /// <param name="sounds">[batch, samples], concatenated; samples is a multiple of the codec's hop.</param>
    /// <param name="batch">Number of crops.</param>
    /// <param name="books">Number of codebooks that each crop uses; empty: all.</param>
    /// <param name="share">This rank's fraction of all crops.</param>
    /// <exception cref="ArgumentException">The number of samples does not match.</exception>
    public void Begin(float[] sounds, int batch, int[] books, double share = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        var samples = sounds.Length / batch;
        if (samples == 0 || samples * batch != sounds.Length || samples % Network.Hop != 0)
            throw new ArgumentException($"{sounds.Length} samples are not {batch} sounds of a multiple of {Network.Hop} samples.", nameof(sounds));
        var lengths = new int[batch];
        lengths.AsSpan().Fill(samples);
        (_rows, _sound, _books, _share, _output) = (Layout.Of(lengths), sounds, books, share, null);
    }

    /// <summary>Computes the gradients of the discriminators.</summary>
    public StepLosses ComputeDiscriminators(IBackwardObserver? observer)
    {
        var made = Output.Sound.Value;
        _discriminatorOps.Begin();
        var real = RunDiscriminators(_discriminatorOps, _discriminatorOps.Input(_sound, _sound.Length, 1));
        var fake = RunDiscriminators(_discriminatorOps, _discriminatorOps.Input(made.Span, made.Rows, 1));
        var loss = _share * AdversarialLoss.AddDiscriminator(_discriminatorOps, Scores(real), Scores(fake), _losses.Weights.AdversarialForm, (float)_share);
        _discriminatorOps.Backward(observer);
        return new StepLosses(loss, [new LossPart("loss", loss, 1)]);
    }

    /// <summary>Computes the gradients of the codec, with or without the adversarial losses.</summary>
    public StepLosses ComputeCodec(IBackwardObserver? observer, bool adversarial)
    {
        var weights = _losses.Weights;
        var made = Output;
        var batch = _rows.Sequences;
        var target = Ops.Input(_sound, batch, _sound.Length / batch);
        var learnsCodes = made.Latent.NeedsGradient; // otherwise encoder and codebooks stay as they are
        var distance = !learnsCodes ? 0 : _share * QuantiserLoss.Add(Ops, Ops.QuantisedStages, (float)(_share * weights.Commitment), (float)(_share * weights.Codebook));
        var waves = Ops.Reshape(made.Sound, batch, _sound.Length / batch);
        var parts = _losses.Add(Ops, waves, target, _share);
        if (learnsCodes) parts.Add(new LossPart("commitment", distance, weights.Commitment));
        if (_teacher is not null) parts.Add(new LossPart("content", _share * _teacher.Add(Ops, _sound, batch, (float)(_share * weights.Content)), weights.Content));
        if (_perceptual is not null) AddPerceptual(_perceptual, waves, parts);
        if (weights.Codebook > 0) parts.Add(new LossPart("codebook", distance, weights.Codebook));
        if (adversarial) AddAdversarial(made.Sound, parts);
        foreach (var parameter in Discriminators.Parameters) parameter.Trained = false;
        try
        {
            Ops.Backward(observer);
        }
        finally
        {
            foreach (var parameter in Discriminators.Parameters) parameter.Trained = true;
        }

        return new StepLosses(parts.Sum(part => part.Weight * part.Value), parts);
    }

    public void Dispose()
    {
        Ops.Dispose();
        _discriminatorOps.Dispose();
        Discriminators.Dispose();
    }

    private void AddPerceptual(PerceptualLoss loss, Variable waves, List<LossPart> parts)
    {
        var weights = _losses.Weights;
        var (blocks, posteriors) = loss.Add(Ops, waves, _sound, (float)(_share * weights.Perceptual), (float)(_share * weights.Posteriors));
        if (weights.Perceptual > 0) parts.Add(new LossPart("perceptual", _share * blocks, weights.Perceptual));
        if (weights.Posteriors > 0) parts.Add(new LossPart("posteriors", _share * posteriors, weights.Posteriors));
    }

    private void AddAdversarial(Variable made, List<LossPart> parts)
    {
        var weights = _losses.Weights;
        var real = RunDiscriminators(Ops, Ops.Input(_sound, _sound.Length, 1));
        var fake = RunDiscriminators(Ops, made);
        var adversarial = AdversarialLoss.AddGenerator(Ops, Scores(fake), weights.AdversarialForm, (float)(_share * weights.Adversarial));
        var features = FeatureMatchingLoss.Add(
            Ops, [.. real.Select(output => output.Features)], [.. fake.Select(output => output.Features)], weights.RelativeFeatures,
            (float)(_share * weights.FeatureMatching));
        parts.Add(new LossPart("adversarial", _share * adversarial, weights.Adversarial));
        parts.Add(new LossPart("feature_matching", _share * features, weights.FeatureMatching));
    }

    private CodecOutput Forward()
    {
        Ops.Begin();
        return Network.Forward(Ops, Ops.Input(_sound, _sound.Length, 1), _rows, _books);
    }

    private DiscriminatorOutput<Variable>[] RunDiscriminators(TrainingOps ops, Variable sounds) =>
        _discriminators?.Forward(ops, sounds, _rows) ?? [];

    private static Variable[] Scores(DiscriminatorOutput<Variable>[] outputs) => [.. outputs.Select(output => output.Scores)];
}

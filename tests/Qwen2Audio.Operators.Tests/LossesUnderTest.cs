using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Model.Codec;
using Qwen2Audio.Numerics.Spectra;
using Qwen2Audio.Training.Codec;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Quantisation;

namespace Qwen2Audio.Operators.Tests;

/// <summary>A loss as a function of one of its inputs, the others being constants; it adds its gradient to that input.</summary>
/// <param name="Rows">Of the input.</param>
/// <param name="Columns">Of the input.</param>
/// <param name="Add">The loss with a coefficient, at an input.</param>
internal sealed record LossUnderTest(int Rows, int Columns, Func<TrainingOps, Variable, float, double> Add);

/// <summary>Every loss, at each of its inputs.</summary>
internal static class LossesUnderTest
{
    private const int Samples = 700;
    private const int Bins = 12;
    private static readonly Lazy<(ParameterSet Kept, AudioEncoderModel Encoder)> Recogniser = new(Random);
    private static readonly byte[] Marks = [1, 0, 1, 1, 0, 1];
    private static readonly MelLoss Mel = new([MelLossScale.Slaney(16000, 64, 9), MelLossScale.Slaney(16000, 150, 20)]);
    private static readonly SpectralLoss Spectra = new(
        [new SpectralScale(64, MelLossScale.Slaney(16000, 64, 9), true), new SpectralScale(150, MelLossScale.Slaney(16000, 150, 20), false)]);

    // Few numbers: among many, one is so near to 0 that its logarithm bends within the narrowest step.
    private static readonly SpectralLoss ShortSpectra = new([new SpectralScale(8, null, true), new SpectralScale(10, null, true)]);

    public static readonly IReadOnlyDictionary<string, LossUnderTest> All = new Dictionary<string, LossUnderTest>
    {
        ["z loss"] = new(6, 11, (ops, x, c) => RouterLosses.AddZ(ops, x, Marks, c)),
        ["absolute"] = new(7, 13, (ops, x, c) => AbsoluteLoss.Add(ops, x, Other(ops, x), c)),
        ["absolute, target"] = new(7, 13, (ops, x, c) => AbsoluteLoss.Add(ops, Other(ops, x), x, c)),
        ["cosine"] = new(7, 13, (ops, x, c) => CosineLoss.Add(ops, x, Other(ops, x), c)),
        ["divergence"] = new(7, 13, (ops, x, c) => DivergenceLoss.Add(ops, x, Other(ops, x), c)),
        ["blocks of a recogniser"] = Perceptual([], 1, 0),
        ["one block of a recogniser"] = Perceptual([2], 1, 0),
        ["posteriors of a recogniser"] = Perceptual([], 0, 1),
        ["mel"] = new(2, Samples, (ops, x, c) => Mel.Add(ops, x, Other(ops, x), c)),
        ["mel, target"] = new(2, Samples, (ops, x, c) => Mel.Add(ops, Other(ops, x), x, c)),
        ["mel of a long waveform"] = new(1, 9000, (ops, x, c) => Mel.Add(ops, x, Other(ops, x), c)),
        ["mel of a decoder's rows"] = new(2 * Samples, 1, (ops, x, c) =>
        {
            var waves = ops.Reshape(x, 2, Samples);
            return Mel.Add(ops, waves, Other(ops, waves), c);
        }),
        ["mel of spectra"] = new(2, Samples, (ops, x, c) => Spectra.Add(ops, x, Other(ops, x), c, 0, 0).Mel),
        ["log magnitude of spectra"] = new(1, 11, (ops, x, c) => ShortSpectra.Add(ops, x, Other(ops, x), 0, c, 0).LogMagnitude),
        ["convergence of spectra"] = new(2, Samples, (ops, x, c) => Spectra.Add(ops, x, Other(ops, x), 0, 0, c).Convergence),
        ["absolute, of groups of log spectra"] = new(1, 11, (ops, x, c) =>
        {
            var spectra = ops.LogSpectra(x, new Stft(8, 2), frames: 3, step: 2);
            return AbsoluteLoss.Add(ops, spectra, Other(ops, spectra), c);
        }),
        ["hinge, recordings"] = Discriminator(AdversarialForm.Hinge, ofReal: true),
        ["hinge, generated"] = Discriminator(AdversarialForm.Hinge, ofReal: false),
        ["least squares, recordings"] = Discriminator(AdversarialForm.LeastSquares, ofReal: true),
        ["least squares, generated"] = Discriminator(AdversarialForm.LeastSquares, ofReal: false),
        ["linear generator"] = Generator(AdversarialForm.Hinge),
        ["clipped generator"] = Generator(AdversarialForm.ClippedHinge),
        ["least squares generator"] = Generator(AdversarialForm.LeastSquares),
        ["feature matching"] = Features(relative: false),
        ["relative feature matching"] = Features(relative: true),
        ["commitment"] = new(19, 6, (ops, x, c) =>
        {
            using var parameters = new ParameterSet();
            Residual(parameters, stages: 3).Quantise(ops, x, 3, new int[x.Value.Rows * 3]);
            return QuantiserLoss.Add(ops, ops.QuantisedStages.TakeLast(3), c, 0);
        }),
    };

    /// <summary>A 6-dimensional quantiser with random codebooks.</summary>
    public static ResidualQuantiser Residual(ParameterSet parameters, int stages)
    {
        var quantiser = ResidualQuantiser.Euclidean(parameters.Weights, stages, entries: 9, dimension: 6);
        Fill(parameters);
        return quantiser;
    }

    /// <summary>Allocates parameters and fills them with random values.</summary>
    public static void Fill(ParameterSet parameters)
    {
        parameters.Allocate(_ => true);
        var random = new Random(8);
        foreach (var parameter in parameters.Parameters)
            foreach (ref var value in parameter.Value.Span) value = InferenceWeights.Normal(random);
    }

    /// <summary>Random values of a magnitude at which no loss is clamped everywhere.</summary>
    public static float[] Input(LossUnderTest loss)
    {
        var random = new Random(4);
        return [.. Enumerable.Range(0, loss.Rows * loss.Columns).Select(_ => InferenceWeights.Normal(random))];
    }

    /// <summary>A constant of the same shape.</summary>
    private static Variable Other(TrainingOps ops, Variable x)
    {
        var random = new Random(5);
        float[] values = [.. Enumerable.Range(0, (int)x.Value.Length).Select(_ => InferenceWeights.Normal(random))];
        return ops.Input(values, x.Value.Rows, x.Value.Columns);
    }

    private static LossUnderTest Discriminator(AdversarialForm form, bool ofReal) => new(4, 9, (ops, x, c) =>
    {
        Variable[] moving = [x, Other(ops, x)], constant = [Other(ops, x), Other(ops, x)];
        return AdversarialLoss.AddDiscriminator(ops, ofReal ? moving : constant, ofReal ? constant : moving, form, c);
    });

    private static LossUnderTest Generator(AdversarialForm form) =>
        new(4, 9, (ops, x, c) => AdversarialLoss.AddGenerator(ops, [Other(ops, x), x], form, c));

    private static LossUnderTest Perceptual(int[] blocks, float ofBlocks, float ofPosteriors) => new(2, 3 * Samples, (ops, x, c) =>
    {
        var loss = new PerceptualLoss(Recogniser.Value.Encoder, [.. Enumerable.Repeat(-1f, Bins)], [.. Enumerable.Repeat(0.5f, Bins)], blocks);
        var (found, divergence) = loss.Add(ops, x, Other(ops, x).Value.Span.ToArray(), c * ofBlocks, c * ofPosteriors);
        return found + divergence;
    });

    /// <summary>A small encoder with frozen random weights.</summary>
    private static (ParameterSet, AudioEncoderModel) Random()
    {
        var parameters = new ParameterSet();
        var encoder = new AudioEncoderModel(
            new AudioEncoderConfig
            {
                NumMelBins = Bins,
                DModel = 8,
                EncoderLayers = 3,
                EncoderAttentionHeads = 2,
                EncoderFfnDim = 16,
                MaxSourcePositions = 50,
                ConvLayerNorm = true,
                TimeKernelSize = 3,
                RotaryPositions = true,
                CtcVocabSize = 7,
                PhoneVocabSize = 5,
                PhoneLayers = 2,
            },
            parameters.Weights);
        parameters.Freeze();
        parameters.Allocate(_ => true);
        foreach (var parameter in parameters.Parameters) InferenceWeights.Fill(parameter.Name, parameter.Shape.Count == 1, parameter.Value);
        return (parameters, encoder);
    }

    private static LossUnderTest Features(bool relative) => new(5, 8, (ops, x, c) =>
    {
        var constant = Other(ops, x);
        return FeatureMatchingLoss.Add(ops, [[constant], [constant, constant]], [[constant], [x, constant]], relative, c);
    });
}

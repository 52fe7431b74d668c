using Qwen2Audio.Model.FrameCodec;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Operators.Tests;

/// <summary>Our frame-rate codec in the forms that its configuration allows, on both operator sets.</summary>
public sealed class FrameCodecModelTests
{
    private static readonly FrameCodecConfig Plain = new()
    {
        SamplingRate = 8000,
        FrameRate = 200, // 40 samples
        AnalysisWindow = 64,
        MelBins = 6,
        SynthesisWindow = 60,
        EncoderWidth = 10,
        EncoderInner = 14,
        EncoderBlocks = 2,
        DecoderWidth = 12,
        DecoderInner = 18,
        DecoderBlocks = 2,
        Dimension = 5,
        Books = 2,
        Entries = 8,
    };

    internal static readonly IReadOnlyDictionary<string, FrameCodecConfig> Forms = new Dictionary<string, FrameCodecConfig>
    {
        ["as in the recipe"] = Plain,
        ["without looking ahead"] = Plain with { EncoderLookAhead = 0, DecoderLookAhead = 0 },
        ["half the frames, the spectrum too"] = Plain with { FrameRate = 100, SubFrames = 4, SpectrumBins = 9, SynthesisWindow = 120, DecoderLookAhead = 3 },
        ["the spectrum alone"] = Plain with { MelBins = 0, SubFrames = 1, SpectrumBins = 33, EncoderBlocks = 0 },
    };

    public static TheoryData<string> Names => [.. Forms.Keys];

    [Theory, MemberData(nameof(Names))]
    public void TrainingComputesWhatInferenceDoes(string form)
    {
        using var run = new Run(Forms[form]);
        int[] lengths = [8 * run.Hop, run.Hop, 11 * run.Hop];
        var (frames, sound) = run.Infer(lengths);
        var (trainedFrames, trainedSound) = run.Train(lengths);
        Numbers.Near(frames, trainedFrames);
        Numbers.Near(sound, trainedSound);
        Assert.Equal(lengths.Sum(), sound.Length);
        Assert.Equal(lengths.Sum() / run.Hop * Forms[form].Dimension, frames.Length);
    }

    [Theory, MemberData(nameof(Names))]
    public void AFrameIsMadeOfTheSamplesThatThereAre(string form)
    {
        using var run = new Run(Forms[form]);
        foreach (var samples in new[] { 1, run.Hop - 1, run.Hop + 1, 3 * run.Hop })
            Assert.Equal((samples + run.Hop - 1) / run.Hop * run.Hop, run.Infer([samples]).Sound.Length);
    }

    /// <summary>Audio of several lengths in pieces, frames in pieces as they arrive: the same bits as the whole, in constant memory.</summary>
    [Theory, MemberData(nameof(Names))]
    public void PiecesAreTheWhole(string form)
    {
        using var run = new Run(Forms[form]);
        foreach (var length in new[] { 1, 5 * run.Hop + 3, 40 * run.Hop })
        {
            var (frames, sound) = run.Infer([length]);
            foreach (var size in new[] { 1, 33, 5 * run.Hop })
            {
                var (framesFound, soundFound, grown) = run.InferPieces(length, size);
                Numbers.Same(frames, framesFound);
                Numbers.Same(sound, soundFound);
                Assert.Equal(0, grown);
            }
        }
    }

    /// <summary>Input later than the declared delay changes nothing.</summary>
    [Theory, MemberData(nameof(Names))]
    public void TheDelayIsWhatTheConfigurationSays(string form)
    {
        using var run = new Run(Forms[form]);
        const int Frames = 30;
        var sound = run.Infer([Frames * run.Hop]).Sound;
        var first = Frames * run.Hop;
        for (var at = 0; at < Frames * run.Hop; at += 7)
        {
            var disturbed = run.Infer([Frames * run.Hop], at).Sound;
            var change = Enumerable.Range(0, sound.Length).FirstOrDefault(i => sound[i] != disturbed[i], sound.Length);
            first = Math.Min(first, change - at);
        }

        Assert.InRange(-first, Forms[form].Delay - 2 * run.Hop / 3, Forms[form].Delay);
    }

    [Fact]
    public void TheRecipesSizesAreItsFigures()
    {
        var config = new FrameCodecConfig();
        using var parameters = new ParameterSet();
        var states = new StateIndices();
        _ = new FrameEncoder(config, parameters.Weights.Sub("encoder"), states);
        _ = new FrameDecoder(config, parameters.Weights.Sub("decoder"), states);
        Assert.InRange(parameters.Count, 2.5e6, 2.54e6);
        Assert.Equal(3000, config.BitsPerSecond);
        Assert.Equal(1280, config.Delay); // 80 ms
        Assert.Equal(640, (config with { EncoderLookAhead = 0, DecoderLookAhead = 0 }).Delay);
    }

    private sealed class Run : InferenceTest
    {
        private readonly FrameCodecConfig _config;
        private readonly FrameEncoder _encoder;
        private readonly FrameDecoder _decoder;

        public Run(FrameCodecConfig config)
        {
            _config = config;
            var states = new StateIndices();
            _encoder = new FrameEncoder(config, Weights.Sub("encoder"), states);
            _decoder = new FrameDecoder(config, Weights.Sub("decoder"), states);
        }

        public int Hop => _config.Hop;

        public (float[] Frames, float[] Sound) Infer(int[] lengths, int disturbed = -1)
        {
            Ops.Reset();
            var rows = Layout.Of(lengths);
            var sound = Sound(rows.Rows);
            if (disturbed >= 0) sound[disturbed] += 1;
            var frames = _encoder.Forward(Ops, Ops.Input(sound, rows.Rows, 1), ref rows);
            var copy = frames.Span.ToArray();
            return (copy, _decoder.Forward(Ops, frames, ref rows).Span.ToArray());
        }

        public (float[] Frames, float[] Sound, long Grown) InferPieces(int length, int size)
        {
            using var state = new SequenceState(1);
            var sound = Sound(length);
            var (frames, made, bytes) = (new List<float>(), new List<float>(), 0L);
            for (var at = 0; at < length; at += size)
            {
                Ops.Reset();
                var count = Math.Min(size, length - at);
                var rows = Layout.Pieces([count], [at], [at + count == length]);
                var latent = _encoder.Forward(Ops, Ops.Input(sound.AsSpan(at, count), count, 1), ref rows, state);
                frames.AddRange(latent.Span);
                made.AddRange(_decoder.Forward(Ops, latent, ref rows, state).Span);
                if (at == 0) bytes = state.Bytes;
            }

            return ([.. frames], [.. made], state.Bytes - bytes);
        }

        public (float[] Frames, float[] Sound) Train(int[] lengths)
        {
            using var parameters = new ParameterSet();
            using var ops = new TrainingOps(Pool);
            var states = new StateIndices();
            var encoder = new FrameEncoder(_config, parameters.Weights.Sub("encoder"), states);
            var decoder = new FrameDecoder(_config, parameters.Weights.Sub("decoder"), states);
            parameters.Allocate(_ => true);
            foreach (var parameter in parameters.Parameters) InferenceWeights.Fill(parameter.Name, parameter.Shape.Count == 1, parameter.Value);
            ops.Begin();
            var rows = Layout.Of(lengths);
            var frames = encoder.Forward(ops, ops.Input(Sound(rows.Rows), rows.Rows, 1), ref rows);
            return (frames.Value.Span.ToArray(), decoder.Forward(ops, frames, ref rows).Value.Span.ToArray());
        }

        private static float[] Sound(int samples) =>
            [.. Enumerable.Range(0, samples).Select(i => 0.3f * MathF.Sin(i * 0.31f) + 0.2f * MathF.Sin(i * i * 0.001f))];
    }
}

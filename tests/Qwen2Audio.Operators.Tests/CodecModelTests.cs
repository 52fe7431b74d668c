using Qwen2Audio.Model.Codec;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Operators.Tests;

/// <summary>The convolutional codec in the forms that its configuration allows, on both operator sets.</summary>
public sealed class CodecModelTests
{
    private static readonly CodecConfig Causal = new()
    {
        SamplingRate = 8000,
        Channels = 4,
        Kernel = 7,
        LastKernel = 3,
        Strides = [2, 3],
        ResidualUnits = 2,
        ResidualKernel = 3,
        DilationBase = 2,
        Compress = 2,
        Dimension = 5,
        Stages = 2,
        Entries = 8,
    };

    internal static readonly IReadOnlyDictionary<string, CodecConfig> Forms = new Dictionary<string, CodecConfig>
    {
        ["causal"] = Causal,
        ["EnCodec"] = Causal with
        {
            PadMode = PadMode.Reflect,
            WeightNorm = true,
            LstmLayers = 2,
            ResidualUnits = 1,
            ConvShortcut = true,
            LastKernel = 7,
        },
        ["EnCodec, stereo"] = Causal with { AudioChannels = 2, Padding = CodecPadding.Centred, PadMode = PadMode.Reflect, LstmLayers = 1 },
        ["edges repeated"] = Causal with { PadMode = PadMode.Replicate, Padding = CodecPadding.Centred },
        ["DAC"] = Causal with
        {
            Padding = CodecPadding.Even,
            Activation = CodecActivation.Snake,
            WeightNorm = true,
            Compress = 1,
            DecoderChannels = 24,
            DecoderLastKernel = 7,
            ResidualKernel = 7,
            DilationBase = 3,
            FinalTanh = true,
        },
        ["Mimi"] = Causal with
        {
            Dimension = 12,
            Quantiser = QuantiserKind.Split,
            EntryDimension = 5,
            SemanticStages = 1,
            Transformer = new CodecTransformerConfig { Layers = 2, Heads = 2, KvHeads = 1, HeadDim = 4, Inner = 20, Window = 3, AttentionBias = true },
            FrameKernel = 4,
            FrameGroups = 12,
        },
        ["Mimi, centred"] = Causal with
        {
            Dimension = 12,
            Padding = CodecPadding.Centred,
            Quantiser = QuantiserKind.Split,
            SemanticStages = 1,
            FrameKernel = 2,
            FrameGroups = 3,
        },
        ["norms over the sequence"] = Causal with { AudioChannels = 2, Padding = CodecPadding.Centred, PadMode = PadMode.Reflect, SequenceNorm = true },
    };

    public static TheoryData<string> Names => [.. Forms.Keys];

    public static TheoryData<string> OfPieces => [.. Forms.Keys.Where(name => !Forms[name].SequenceNorm)];

    [Theory, MemberData(nameof(Names))]
    public void TrainingComputesWhatInferenceDoes(string form)
    {
        using var run = new Run(Forms[form]);
        int[] lengths = [36, 5, 60];
        var (frames, sound, rows) = run.Infer(lengths, out var framesOf);
        var (trainedFrames, trainedSound) = run.Train(lengths);
        Numbers.Near(frames, trainedFrames);
        Numbers.Near(sound, trainedSound);
        if (Forms[form].Padding == CodecPadding.Even) return;
        int[] expected = Forms[form].FrameKernel > 0 ? [3, 1, 5] : [6, 1, 10];
        Assert.Equal(expected, framesOf);
        Assert.Equal(expected.Select(count => count * Forms[form].SamplesPerFrame), Enumerable.Range(0, 3).Select(rows.Length));
    }

    [Theory, MemberData(nameof(Names))]
    public void ABatchIsEachSoundAlone(string form)
    {
        using var run = new Run(Forms[form]);
        var (frames, sound, _) = run.Infer([36, 5, 60], out _);
        List<float> framesAlone = [], soundAlone = [];
        foreach (var (length, skip) in ((int, int)[])[(36, 0), (5, 36), (60, 41)])
        {
            var (one, made, _) = run.Infer([length], out _, skip);
            framesAlone.AddRange(one);
            soundAlone.AddRange(made);
        }

        Numbers.Same(frames, [.. framesAlone]);
        Numbers.Same(sound, [.. soundAlone]);
    }

    /// <summary>Audio of several lengths in pieces, frames in pieces as they arrive: the same bits as the whole, in constant memory.</summary>
    [Theory, MemberData(nameof(OfPieces))]
    public void PiecesAreTheWhole(string form)
    {
        using var run = new Run(Forms[form]);
        int[] lengths = [36, 5, 600];
        var (frames, sound, _) = run.Infer(lengths, out _);
        foreach (var size in new[] { 1, 7, 64 })
        {
            var (framesFound, soundFound, grown) = run.InferPieces(lengths, size);
            Assert.Equal(0, grown);
            if (Forms[form].Transformer is not null)
            {
                Numbers.Near(frames, framesFound); // attention sums the keys of short pieces in another order
                Numbers.Near(sound, soundFound);
                continue;
            }

            Numbers.Same(frames, framesFound);
            Numbers.Same(sound, soundFound);
        }
    }

    [Fact]
    public void ACausalCodecHearsNothingOfWhatComesLater()
    {
        using var run = new Run(Causal);
        var (frames, sound, _) = run.Infer([60], out _);
        var (first, made, _) = run.Infer([36], out _);
        Numbers.Same(frames.AsSpan(..first.Length), first);
        Numbers.Same(sound.AsSpan(..made.Length), made);
    }

    /// <summary>A convolution over pieces of rows, as for long recordings, gives the same bits as over all rows at once.</summary>
    [Fact]
    public void ALongRecordingIsConvolvedInPieces()
    {
        using var pool = new WorkerPool(2);
        using var ops = new InferenceOps(pool);
        using var weights = new InferenceWeights();
        const int Long = 900_000;
        var values = new float[Long];
        for (var i = 0; i < Long; i++) values[i] = MathF.Sin(i * 0.37f) + i % 17 * 0.1f;
        var spec = ConvSpec.Framed(7);
        var (kernel, bias) = (weights.Get("kernel", 2, 1, 7), weights.Get("offset", 2));
        var whole = ops.Conv1d(ops.Input(values, Long, 1), kernel, bias, spec, Layout.Of(Long)).Span;
        var end = ops.Conv1d(ops.Input(values.AsSpan(^1000..), 1000, 1), kernel, bias, spec, Layout.Of(1000)).Span;
        Numbers.Same(whole[^(2 * 990)..].ToArray(), end[^(2 * 990)..].ToArray());
    }

    [Theory, InlineData(7), InlineData(8), InlineData(1)]
    public void ADiscriminatorReadsInterleavedSequencesFilledUpWithZeros(int samples)
    {
        using var pool = new WorkerPool(1);
        using var ops = new InferenceOps(pool);
        using var weights = new InferenceWeights();
        var config = new DiscriminatorConfig { Periods = [2], Channels = 3 };
        var discriminator = PeriodDiscriminator.All(config, weights)[0];
        float[] waveform = [.. Enumerable.Range(1, samples).Select(i => i * 0.3f)];
        var judged = discriminator.Forward(ops, ops.Input(waveform, samples, 1), Layout.Of(samples)).Features[0];
        var length = (samples + 1) / 2;
        var interleaved = new float[2 * length];
        for (var i = 0; i < samples; i++) interleaved[i % 2 * length + i / 2] = waveform[i];
        var layer = ops.Conv1d(
            ops.Input(interleaved, 2 * length, 1), weights.Get("0.conv.0.weight", 3, 1, 5), weights.Get("0.conv.0.bias", 3),
            new ConvSpec(5, 3, 1, 2, 2), Layout.Of(length, length));
        Numbers.Same(ops.Activate(layer, ActivationSpec.LeakyRelu(0.1f)).Span.ToArray(), judged.Span.ToArray());
    }

    private sealed class Run : InferenceTest
    {
        private readonly CodecConfig _config;
        private readonly CodecModel _codec;

        public Run(CodecConfig config)
        {
            _config = config;
            _codec = new CodecModel(config, Weights);
        }

        public (float[] Frames, float[] Sound, Layout Rows) Infer(int[] lengths, out int[] framesOf, int skip = 0)
        {
            Ops.Reset();
            var rows = Layout.Of(lengths);
            var frames = _codec.Encode(Ops, Ops.Input(Sound(rows.Rows, skip), rows.Rows, _config.AudioChannels), ref rows);
            var copy = frames.Span.ToArray();
            var reached = rows;
            framesOf = [.. Enumerable.Range(0, lengths.Length).Select(reached.Length)];
            var sound = _codec.Decode(Ops, frames, ref rows);
            return (copy, sound.Span.ToArray(), rows);
        }

        /// <summary>Frames and samples of pieces, and by how many bytes the states grew after the first ones.</summary>
        public (float[] Frames, float[] Sound, long Grown) InferPieces(int[] lengths, int size)
        {
            using SequenceState heard = new(lengths.Length), made = new(lengths.Length);
            var whole = Layout.Of(lengths);
            var sound = Sound(whole.Rows, 0);
            var (frames, samples) = (lengths.Select(_ => new List<float>()).ToArray(), lengths.Select(_ => new List<float>()).ToArray());
            long first = 0;
            for (var at = 0; at < lengths.Max(); at += size)
            {
                Ops.Reset();
                int[] slots = [.. Enumerable.Range(0, lengths.Length).Where(s => lengths[s] > at)];
                int[] counts = [.. slots.Select(s => Math.Min(size, lengths[s] - at))];
                var rows = Layout.Pieces(counts, [.. slots.Select(_ => at)], [.. slots.Select(s => lengths[s] <= at + size)], slots);
                List<float> x = [];
                for (var i = 0; i < slots.Length; i++)
                    x.AddRange(sound.AsSpan((whole.Starts[slots[i]] + at) * _config.AudioChannels, counts[i] * _config.AudioChannels));
                var piece = _codec.Encode(Ops, Ops.Input([.. x], rows.Rows, _config.AudioChannels), ref rows, heard);
                Take(piece, rows, frames);
                Take(_codec.Decode(Ops, piece, ref rows, made), rows, samples);
                if (at <= 2 * size) first = heard.Bytes + made.Bytes;
            }

            return ([.. frames.SelectMany(row => row)], [.. samples.SelectMany(row => row)], heard.Bytes + made.Bytes - first);

            static void Take(Numerics.Memory.Matrix y, Layout rows, List<float>[] to)
            {
                for (var s = 0; s < rows.Sequences; s++)
                    for (var row = rows.Starts[s]; row < rows.Starts[s + 1]; row++) to[rows.Slots[s]].AddRange(y.Row(row));
            }
        }

        public (float[] Frames, float[] Sound) Train(int[] lengths)
        {
            using var parameters = new ParameterSet();
            using var ops = new TrainingOps(Pool);
            var codec = new CodecModel(_config, parameters.Weights);
            parameters.Allocate(_ => true);
            foreach (var parameter in parameters.Parameters)
                InferenceWeights.Fill(parameter.Name, parameter.Shape.Count == 1, parameter.Value);
            ops.Begin();
            var rows = Layout.Of(lengths);
            var frames = codec.Encode(ops, ops.Input(Sound(rows.Rows, 0), rows.Rows, _config.AudioChannels), ref rows);
            var sound = codec.Decode(ops, frames, ref rows);
            return (frames.Value.Span.ToArray(), sound.Value.Span.ToArray());
        }

        private float[] Sound(int rows, int skip)
        {
            var random = new Random(5);
            for (var i = 0; i < skip * _config.AudioChannels; i++) InferenceWeights.Normal(random);
            return [.. Enumerable.Range(0, rows * _config.AudioChannels).Select(_ => InferenceWeights.Normal(random))];
        }
    }
}

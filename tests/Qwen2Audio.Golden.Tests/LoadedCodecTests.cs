using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Tokens;
using Qwen2Audio.Inference;
using Qwen2Audio.Inference.Codec;
using Qwen2Audio.Inference.Parity;
using Qwen2Audio.Model.Codec;

namespace Qwen2Audio.Golden.Tests;

/// <summary>Published codecs in the variants that their configurations allow, with random weights: names, pieces, mismatched recordings.</summary>
public sealed class LoadedCodecTests : IDisposable
{
    private const int Samples = 1230;
    private readonly WorkerPool _pool = new(2);
    private readonly InferenceOps _ops;

    public LoadedCodecTests() => _ops = new InferenceOps(_pool);

    public static TheoryData<string> Forms => [.. RandomCodec.Forms.Keys];

    [Theory]
    [InlineData("EnCodec", "encoder.layers.10.lstm.weight_hh_l1", "encoder.layers.12.conv.weight_v", "decoder.layers.1.lstm.bias_ih_l0", "decoder.layers.4.shortcut.conv.weight_g", "quantizer.layers.2.codebook.embed")]
    [InlineData("EnCodec in chunks", "encoder.layers.0.norm.weight", "encoder.layers.1.block.1.norm.bias", "decoder.layers.3.conv.weight", "decoder.layers.6.norm.weight")]
    [InlineData("DAC", "encoder.conv1.weight", "encoder.block.1.res_unit3.snake2.alpha", "encoder.block.0.conv1.bias", "decoder.block.0.conv_t1.weight", "decoder.snake1.alpha", "quantizer.quantizers.2.out_proj.weight")]
    [InlineData("Mimi", "encoder.layers.8.conv.weight", "decoder.layers.3.block.3.conv.bias", "downsample.conv.weight", "upsample.conv.weight", "encoder_transformer.layers.1.self_attn_layer_scale.scale", "quantizer.semantic_residual_vector_quantizer.input_proj.weight", "quantizer.acoustic_residual_vector_quantizer.layers.2.codebook.embed_sum", "quantizer.acoustic_residual_vector_quantizer.layers.0.codebook.cluster_usage")]
    public void WeightsHaveTheirPublishedNames(string form, params string[] names)
    {
        using var folder = new RandomCodec(form);
        Assert.Subset(folder.Names.ToHashSet(), names.ToHashSet());
    }

    [Theory, MemberData(nameof(Forms))]
    public void PiecesGiveTheWhole(string form)
    {
        using var folder = new RandomCodec(form);
        using var codec = LoadedCodec.Open(folder.Path, windowed: true);
        var (config, sound) = (codec.Config, Sound(codec));
        var frames = codec.Encode(_ops, sound);
        Assert.True(frames.SelectMany(piece => piece.Codes).Distinct().Count() > 4);
        var samples = codec.Decode(_ops, frames);
        Assert.All(samples, sample => Assert.True(float.IsFinite(sample)));
        foreach (var size in new[] { 1, 7, 333 })
        {
            using var encoding = new CodecEncoding(codec.Model, _ops, config.Stages);
            var pieces = new List<CodecFrames>();
            for (var at = 0; at < Samples; at += size)
            {
                var count = Math.Min(size, Samples - at);
                pieces.AddRange(encoding.Add(sound.AsSpan(at * config.AudioChannels, count * config.AudioChannels), ends: at + count == Samples));
            }

            Assert.Equal(frames.SelectMany(piece => piece.Codes), pieces.SelectMany(piece => piece.Codes));
            Assert.Throws<InvalidOperationException>(() => encoding.Add([]));
            var found = config.Chunks is null ? Apart(codec, pieces, size) : codec.Decode(_ops, pieces);
            Assert.Equal(samples.Length, found.Length);
            for (var i = 0; i < samples.Length; i++) Assert.Equal(samples[i], found[i], config is CodecConfig { Transformer: null } ? 0 : 1e-4f);
        }
    }

    /// <summary>Decodes a few frames at a time, and at last none.</summary>
    private float[] Apart(LoadedCodec codec, List<CodecFrames> pieces, int most)
    {
        using var decoding = new CodecDecoding(codec.Model, _ops);
        var samples = new List<float>();
        foreach (var piece in pieces)
            for (var rest = piece; rest.Count > 0; rest = rest.From(Math.Min(most, rest.Count))) samples.AddRange(decoding.Add(rest.First(most)));
        samples.AddRange(decoding.Add(new CodecFrames([], pieces[0].Stages, pieces[0].Scale), ends: true));
        return [.. samples];
    }

    /// <summary>Codes, scales and chunks go through a token file, with statistics and without, and another codec does not take it.</summary>
    [Theory, MemberData(nameof(Forms))]
    public void TokenFilesKeepWhatTheDecoderNeeds(string form)
    {
        using var folder = new RandomCodec(form);
        using var codec = LoadedCodec.Open(folder.Path, windowed: true);
        var frames = codec.Encode(_ops, Sound(codec));
        var samples = codec.Decode(_ops, frames);
        var plain = Written(codec, frames);
        Assert.Equal(samples, Decoded(codec, plain));
        var statistics = new TokenStatistics(codec.Config.Stages, codec.Config.Entries);
        statistics.Add(0, frames.SelectMany(piece => piece.Codes));
        statistics.Write(folder.Path);
        Assert.Equal(samples, Decoded(codec, Written(codec, frames)));
        Assert.Equal(samples, Decoded(codec, plain)); // written before there were statistics
        folder.Write(with: "quantizer.layers.0.codebook.inited"); // ignored, but another file
        using var other = LoadedCodec.Open(folder.Path, windowed: true);
        Assert.Contains($"{new CodecTokenFiles(other).Identity}, the model given", Assert.Throws<TokenFileException>(() => Decoded(other, plain)).Message, StringComparison.Ordinal);
    }

    /// <summary>Recorded outputs are reproduced, a changed code is detected, and a mismatched recording is rejected, naming the tensor.</summary>
    [Theory, MemberData(nameof(Forms))]
    public void ParityComparesWhatWasRecorded(string form)
    {
        using var folder = new RandomCodec(form);
        Record(folder, _ => { });
        Assert.True(ParityRun.Of(folder.Path, _pool).Ok);
        Record(folder, recording => recording.Codes[3] ^= 1);
        Assert.Equal("quantiser", ParityRun.Of(folder.Path, _pool).FirstDifference!.Part);
        Record(folder, recording => recording.Samples[^1] += 1);
        Assert.Equal("decoder", ParityRun.Of(folder.Path, _pool).FirstDifference!.Part);
        Record(folder, recording => recording.Samples = recording.Samples[..^3], channels: 3);
        Assert.Contains("audio_values", Assert.Throws<CheckpointException>(() => ParityRun.Of(folder.Path, _pool)).Message, StringComparison.Ordinal);
        Record(folder, recording => recording.Codes = [.. recording.Codes, .. recording.Codes], batch: 2);
        Assert.Contains("audio_codes", Assert.Throws<CheckpointException>(() => ParityRun.Of(folder.Path, _pool)).Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Forms))]
    public void MissingAndForeignTensorsAreNamed(string form)
    {
        using var folder = new RandomCodec(form);
        var name = folder.Names.ElementAt(5);
        folder.Write(without: name);
        Assert.Contains(name, Assert.Throws<CheckpointException>(() => LoadedCodec.Open(folder.Path)).Message, StringComparison.Ordinal);
        folder.Write(with: "encoder.layers.99.conv.bias");
        Assert.Contains("layers.99", Assert.Throws<CheckpointException>(() => LoadedCodec.Open(folder.Path)).Message, StringComparison.Ordinal);
        folder.Write(with: "quantizer.layers.0.codebook.inited");
        LoadedCodec.Open(folder.Path).Dispose();
    }

    /// <summary>The description from the configuration alone matches the folder; the loader of language models rejects its type.</summary>
    [Theory, MemberData(nameof(Forms))]
    public void AFolderIsWhatItsConfigurationSays(string form)
    {
        using var folder = new RandomCodec(form);
        using var source = ModelSource.Open(folder.Path);
        Assert.Empty(ModelCheck.Require(source));
        Assert.Equal(source.Tensors.Count, source.Description.TensorCount);
        Assert.Equal(source.Tensors.Values.Sum(tensor => tensor.Count), source.Description.Parameters);
        Assert.Contains("model_type", Assert.Throws<ConfigException>(() => LoadedModel.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    /// <summary>Within the window both ways to attend agree, beyond it they do not; only with a window is memory constant.</summary>
    [Fact]
    public void MimiSeesAllBeforeOrItsWindow()
    {
        using var folder = new RandomCodec("Mimi");
        using var all = LoadedCodec.Open(folder.Path);
        using var windowed = LoadedCodec.Open(folder.Path, windowed: true);
        var sound = Sound(all);
        Assert.Equal(all.Encode(_ops, sound.AsSpan()[..100]).SelectMany(piece => piece.Codes), windowed.Encode(_ops, sound.AsSpan()[..100]).SelectMany(piece => piece.Codes));
        var frames = all.Encode(_ops, sound);
        Assert.NotEqual(all.Decode(_ops, frames), windowed.Decode(_ops, frames));
        Assert.Contains("sliding_window", Assert.Single(all.Warnings), StringComparison.Ordinal);
        Assert.Empty(windowed.Warnings);
        using var endless = new CodecEncoding(all.Model, _ops, 4);
        Assert.Contains("window", Assert.Throws<ArgumentException>(() => endless.Add(sound)).Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _ops.Dispose();
        _pool.Dispose();
    }

    private static byte[] Written(LoadedCodec codec, IReadOnlyList<CodecFrames> frames)
    {
        using var stream = new MemoryStream();
        var files = new CodecTokenFiles(codec);
        var writer = files.Create(stream, codec.Config.Stages);
        foreach (var piece in frames) files.Add(writer, piece);
        writer.Finish(Samples);
        return stream.ToArray();
    }

    private float[] Decoded(LoadedCodec codec, byte[] file)
    {
        var reader = new CodecTokenFiles(codec).Open(new MemoryStream(file), "x.tok");
        var frames = new List<CodecFrames>();
        while (reader.Read() is { } block) frames.Add(new CodecFrames(block.Codes, reader.Header.Codebooks, block.Scale));
        Assert.Equal(Samples, reader.Samples);
        return codec.Decode(_ops, frames);
    }

    private static float[] Sound(LoadedCodec codec)
    {
        var random = new Random(2);
        return [.. Enumerable.Range(0, Samples * codec.Config.AudioChannels).Select(i => (float)(Math.Sin(i * 0.1) * Math.Sin(i * 0.003) + 0.3 * random.NextDouble()))];
    }

    /// <summary>Writes the codec's own outputs as expected.safetensors: one clip, chunks padded with zeros.</summary>
    private void Record(RandomCodec folder, Action<Made> change, int batch = 1, int? channels = null)
    {
        using var codec = LoadedCodec.Open(folder.Path);
        var (config, sound) = (codec.Config, Sound(codec));
        var encoded = codec.Encode(_ops, sound);
        if (config.Chunks is null) encoded = [encoded[0] with { Codes = [.. encoded.SelectMany(piece => piece.Codes)] }];
        var (stages, longest) = (config.Stages, encoded.Max(chunk => chunk.Count));
        var made = new Made { Codes = new long[encoded.Count * stages * longest] };
        var filled = encoded.Select(chunk => chunk with { Codes = [.. chunk.Codes, .. Enumerable.Repeat(0, (longest - chunk.Count) * stages)] }).ToArray();
        for (var i = 0; i < made.Codes.Length; i++) made.Codes[i] = filled[i / (stages * longest)].Codes[i % longest * stages + i / longest % stages];
        made.Samples = Turned(codec.Decode(_ops, filled), config.AudioChannels);
        change(made);
        List<long> shape = [batch, stages, longest];
        if (config is CodecConfig { Quantiser: QuantiserKind.Euclidean }) shape.Insert(0, encoded.Count);
        var width = channels ?? config.AudioChannels;
        List<NewTensor> tensors =
        [
            NewTensor.Floats("waveform", [1, config.AudioChannels, Samples], Turned(sound, config.AudioChannels)),
            NewTensor.Int64s("audio_codes", [.. shape], made.Codes),
            NewTensor.Floats("audio_values", [1, width, made.Samples.Length / width], made.Samples.AsMemory()[..(made.Samples.Length / width * width)]),
        ];
        if (config.Normalise) tensors.Add(NewTensor.Floats("audio_scales", [encoded.Count, 1, 1], encoded.Select(chunk => chunk.Scale).ToArray()));
        SafetensorsWriter.Write(Path.Combine(folder.Path, "expected.safetensors"), tensors);
    }

    private static float[] Turned(float[] rows, int channels) =>
        [.. Enumerable.Range(0, rows.Length).Select(i => rows[i % (rows.Length / channels) * channels + i / (rows.Length / channels)])];

    private sealed class Made
    {
        public long[] Codes { get; set; } = [];

        public float[] Samples { get; set; } = [];
    }
}

using System.Runtime.InteropServices;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Inference;
using Qwen2Audio.Inference.Codec;
using Qwen2Audio.Model.Codec;

namespace Qwen2Audio.Golden.Tests;

/// <summary>Every recorded codec folder: the reference's codes and samples, and pieces that equal the whole.</summary>
public sealed class CodecParityTests(ITestOutputHelper output)
{
    public static TheoryData<string> Codecs => new(Fixtures.Folders("", "expected.safetensors").Where(folder => Fixtures.Has(folder, "config.json") &&
        ModelKinds.PublishedCodecs.Contains(ConfigObject.Read(Fixtures.Locate(folder, "config.json"), config => config.StringOr("model_type", "")))));

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Codecs))]
    public void EveryRecordedTensorIsReproduced(string folder) => ParityTests.Reproduced(folder, output);

    /// <summary>Audio and frames in pieces of any length; only attention's bits depend on the pieces.</summary>
    [Theory(SkipTestWithoutData = true), MemberData(nameof(Codecs))]
    public void PiecesGiveTheWhole(string folder)
    {
        using var pool = new WorkerPool();
        using var ops = new InferenceOps(pool);
        using var codec = LoadedCodec.Open(Fixtures.Locate(folder), windowed: true);
        var (config, random) = (codec.Config, new Random(3));
        float[] sound = [.. Enumerable.Range(0, config.AudioChannels * (config.SamplingRate * 13 / 10 + 77)).Select(i => (float)(0.3 * Math.Sin(i * 0.05) + 0.1 * random.NextDouble()))];
        var frames = codec.Encode(ops, sound);
        var samples = codec.Decode(ops, frames);
        foreach (var most in new[] { config.SamplesPerFrame / 3, 5000 })
        {
            using var encoding = new CodecEncoding(codec.Model, ops, config.Stages);
            var pieces = new List<CodecFrames>();
            for (int at = 0, count; at < sound.Length; at += count)
            {
                count = Math.Min(sound.Length - at, random.Next(most) * config.AudioChannels);
                pieces.AddRange(encoding.Add(sound.AsSpan(at, count), ends: at + count == sound.Length));
            }

            Assert.Equal(frames.SelectMany(piece => piece.Codes), pieces.SelectMany(piece => piece.Codes));
            using var decoding = new CodecDecoding(codec.Model, ops);
            var decoded = new List<float>();
            for (var i = 0; i < pieces.Count; i++) decoded.AddRange(decoding.Add(pieces[i], ends: i + 1 == pieces.Count));
            Assert.Equal(samples.Length, decoded.Count);
            if (config is CodecConfig { Transformer: null }) Assert.Equal(MemoryMarshal.Cast<float, int>(samples).ToArray(), MemoryMarshal.Cast<float, int>(CollectionsMarshal.AsSpan(decoded)).ToArray());
            else for (var i = 0; i < samples.Length; i++) Assert.Equal(samples[i], decoded[i], 1e-4f);
        }
    }

    /// <summary>With more codebooks the first codes stay the same, as in any residual quantiser.</summary>
    [Theory(SkipTestWithoutData = true), MemberData(nameof(Codecs))]
    public void FewerCodebooksAreTheFirstOnes(string folder)
    {
        using var pool = new WorkerPool();
        using var ops = new InferenceOps(pool);
        using var codec = LoadedCodec.Open(Fixtures.Locate(folder));
        var (config, least) = (codec.Config, codec.Model.MinStages);
        float[] sound = [.. Enumerable.Range(0, config.AudioChannels * 4000).Select(i => MathF.Sin(i * 0.1f))];
        var all = codec.Encode(ops, sound).SelectMany(piece => piece.Codes.Chunk(config.Stages)).ToArray();
        for (var stages = least; stages <= config.Stages; stages++)
            Assert.Equal(all.SelectMany(codes => codes[..stages]), codec.Encode(ops, sound, stages).SelectMany(piece => piece.Codes));
        Assert.Throws<ArgumentException>(() => codec.Encode(ops, sound, least - 1));
        Assert.Throws<ArgumentException>(() => codec.Encode(ops, sound, config.Stages + 1));
        Assert.Throws<ArgumentException>(() => codec.Decode(ops, [new CodecFrames(new int[config.Stages + 1], config.Stages + 1)]));
        Assert.ThrowsAny<ArgumentException>(() => codec.Decode(ops, [new CodecFrames([.. Enumerable.Repeat(config.Entries, config.Stages)], config.Stages)]));
    }

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Codecs))]
    public void NoSoundHasNoFrames(string folder)
    {
        using var pool = new WorkerPool(1);
        using var ops = new InferenceOps(pool);
        using var codec = LoadedCodec.Open(Fixtures.Locate(folder));
        Assert.Empty(codec.Encode(ops, []));
        Assert.Empty(codec.Decode(ops, []));
        var one = codec.Encode(ops, new float[codec.Config.AudioChannels]);
        Assert.All(codec.Decode(ops, one), sample => Assert.True(float.IsFinite(sample)));
    }
}

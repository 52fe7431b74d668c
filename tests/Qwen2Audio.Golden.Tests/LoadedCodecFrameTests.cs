using Qwen2Audio.Formats;
using Qwen2Audio.Inference;
using Qwen2Audio.Inference.Codec;

namespace Qwen2Audio.Golden.Tests;

/// <summary>Our codec from a folder with random weights: pieces, codebooks, invalid input.</summary>
public sealed class LoadedCodecFrameTests : IDisposable
{
    private readonly RandomCodec _folder = new(RandomCodec.Ours);
    private readonly WorkerPool _pool = new(2);
    private readonly InferenceOps _ops;
    private readonly LoadedCodec _codec;

    public LoadedCodecFrameTests()
    {
        _ops = new InferenceOps(_pool);
        _codec = LoadedCodec.Open(_folder.Path);
    }

    [Fact]
    public void RandomPiecesGiveTheWhole()
    {
        var random = new Random(3);
        foreach (var length in new[] { 1, 79, 80, 8000, 20_011 })
        {
            var sound = Sound(length);
            var whole = All(_codec.Encode(_ops, sound));
            Assert.Equal((length + 79) / 80, whole.Count);
            var made = _codec.Decode(_ops, [whole]);
            Assert.Equal(whole.Count * 80, made.Length);
            for (var trial = 0; trial < 3; trial++)
            {
                using var encoding = new CodecEncoding(_codec.Model, _ops, 3);
                var codes = new List<int>();
                for (var at = 0; at < length;)
                {
                    var count = Math.Min(length - at, random.Next(trial == 0 ? 90 : 3000));
                    at += count;
                    codes.AddRange(All(encoding.Add(sound.AsSpan(at - count, count), ends: at == length)).Codes);
                }

                Assert.Equal(whole.Codes, codes);
                using var decoding = new CodecDecoding(_codec.Model, _ops);
                var samples = new List<float>();
                for (var at = 0; at < whole.Count;)
                {
                    var count = Math.Min(whole.Count - at, random.Next(trial == 0 ? 3 : 60));
                    at += count;
                    samples.AddRange(decoding.Add(new CodecFrames([.. codes.Skip(3 * (at - count)).Take(3 * count)], 3), ends: at == whole.Count));
                }

                Assert.Equal(made.Select(BitConverter.SingleToInt32Bits), samples.Select(BitConverter.SingleToInt32Bits));
            }
        }
    }

    [Fact]
    public void FewerCodebooksAreTheFirstOnes()
    {
        var sound = Sound(4000);
        var all = All(_codec.Encode(_ops, sound));
        Assert.True(all.Codes.Distinct().Count() > 4);
        for (var books = 1; books <= 3; books++)
        {
            var some = All(_codec.Encode(_ops, sound, books));
            Assert.Equal(all.Codes.Chunk(3).SelectMany(frame => frame.Take(books)), some.Codes);
            Assert.Equal(4000, _codec.Decode(_ops, [some]).Length);
        }
    }

    [Fact]
    public void ASoundWithoutSamplesHasNoFrames()
    {
        var none = _codec.Encode(_ops, []);
        Assert.Empty(none);
        Assert.Empty(_codec.Decode(_ops, none));
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        Assert.Contains("4 codebooks; the codec takes 1…3", Assert.Throws<ArgumentException>(() => _codec.Encode(_ops, Sound(80), 4)).Message, StringComparison.Ordinal);
        Assert.Contains("0 codebooks", Assert.Throws<ArgumentException>(() => _codec.Encode(_ops, Sound(80), 0)).Message, StringComparison.Ordinal);
        Assert.Contains("Code 16; a codebook has the entries 0…15", Assert.Throws<ArgumentException>(() => _codec.Decode(_ops, [new CodecFrames([1, 16, 2], 3)])).Message, StringComparison.Ordinal);
        Assert.Contains("2 codes of 3 codebooks", Assert.Throws<ArgumentException>(() => _codec.Decode(_ops, [new CodecFrames([1, 2], 3)])).Message, StringComparison.Ordinal);
        using var encoding = new CodecEncoding(_codec.Model, _ops, 3);
        encoding.Add(Sound(100), ends: true);
        Assert.Throws<InvalidOperationException>(() => encoding.Add(Sound(1)));
        using var decoding = new CodecDecoding(_codec.Model, _ops);
        decoding.Add(new CodecFrames([1, 2, 3], 3), ends: true);
        Assert.Throws<InvalidOperationException>(() => decoding.Add(new CodecFrames([1, 2, 3], 3)));
    }

    [Fact]
    public void AFolderThatIsIncompleteOrNoCodecIsRefused()
    {
        _folder.Write(without: "decoder.head.weight");
        Assert.Contains("decoder.head.weight", Assert.Throws<CheckpointException>(() => LoadedCodec.Open(_folder.Path)).Message, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_folder.Path, "config.json"), """{"model_type": "qwen2"}""");
        Assert.Contains("frame_codec", Assert.Throws<ConfigException>(() => LoadedCodec.Open(_folder.Path)).Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _codec.Dispose();
        _ops.Dispose();
        _pool.Dispose();
        _folder.Dispose();
    }

    private static CodecFrames All(IReadOnlyList<CodecFrames> pieces) => new([.. pieces.SelectMany(piece => piece.Codes)], pieces.Count == 0 ? 3 : pieces[0].Stages);

    private static float[] Sound(int samples)
    {
        var random = new Random(5);
        return [.. Enumerable.Range(0, samples).Select(i => 0.1f * MathF.Sin(i * (0.05f + i * 2e-5f)) + 0.05f * (float)(2 * random.NextDouble() - 1))];
    }
}

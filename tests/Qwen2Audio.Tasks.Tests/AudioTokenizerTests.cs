using System.Runtime.CompilerServices;
using Qwen2Audio.Audio;
using Qwen2Audio.Audio.Wav;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Tokens;
using Qwen2Audio.Inference;
using Qwen2Audio.Inference.Codec;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>Sound to tokens and back: clips, files, streams and pieces give the same; level, length, other codecs' tokens, damage.</summary>
public sealed class AudioTokenizerTests : IDisposable
{
    private const int Rate = 8000;
    private readonly TemporaryFolder _folder = new();
    private readonly RandomCodec _codec = new(RandomCodec.Ours);
    private readonly AudioTokenizer _tokenizer;

    public AudioTokenizerTests() => _tokenizer = AudioTokenizer.Load(_codec.Path, new ModelLoadOptions { Threads = 2 });

    public static TheoryData<string> Forms => [RandomCodec.Ours, .. RandomCodec.Forms.Keys];

    /// <summary>Whatever way the sound comes and goes, the tokens and the samples are the same, as many as the sound has.</summary>
    [Theory, MemberData(nameof(Forms))]
    public async Task EveryWayGivesTheSame(string form)
    {
        using var folder = new RandomCodec(form);
        using var tokenizer = AudioTokenizer.Load(folder.Path, new ModelLoadOptions { Threads = 1 });
        var config = tokenizer.Config;
        var audio = new AudioForm(config.SamplingRate, config.AudioChannels);
        foreach (var length in (int[])[0, 1, config.SamplesPerFrame, 1234, form == RandomCodec.Ours ? 27 * Rate + 11 : 4321])
        {
            var clip = new AudioClip(Sound(length * config.AudioChannels), audio.SampleRate, audio.Channels, []);
            var whole = tokenizer.Encode(clip);
            Assert.Equal(length, whole.Samples);
            var made = tokenizer.Decode(whole);
            Assert.Equal(length * config.AudioChannels, made.Samples.Length);
            Assert.All(made.Samples, sample => Assert.True(float.IsFinite(sample)));

            var random = new Random(length);
            var pieces = new List<TokenPiece>();
            await foreach (var piece in tokenizer.EncodeAsync(Cut(clip.Samples, () => random.Next(form == RandomCodec.Ours ? 2000 : 200) * config.AudioChannels), audio, cancellation: Cancellation)) pieces.Add(piece);
            Assert.Equal(whole.Codes, pieces.SelectMany(piece => piece.Codes));
            Assert.Equal(Scales(whole.Pieces), Scales(pieces));
            Assert.Equal(length, pieces[^1].Samples);

            var bits = form.Contains("Mimi", StringComparison.Ordinal) ? 1e-4f : 0; // attention in pieces agrees within rounding
            var samples = new List<float>();
            await foreach (var piece in tokenizer.DecodeAsync(Each(config.Chunks is null ? Resplit(pieces, random) : pieces), cancellation: Cancellation)) samples.AddRange(piece.Span);
            Near(made.Samples, samples, bits);

            WriteWav("in.wav", clip);
            using var file = new MemoryStream();
            Assert.Equal(length, tokenizer.Encode(_folder["in.wav"], file).Samples);
            using var piped = new OneWay(File.ReadAllBytes(_folder["in.wav"]), 777);
            using var pipedTokens = new OneWay([], 1);
            await tokenizer.EncodeAsync(piped, pipedTokens, cancellation: Cancellation);
            var fromFile = tokenizer.LoadTokens(new MemoryStream(file.ToArray()));
            Assert.Equal(whole.Codes, fromFile.Codes);
            Assert.Equal(whole.Codes, tokenizer.LoadTokens(new MemoryStream(pipedTokens.Written)).Codes);
            Near(made.Samples, tokenizer.Decode(fromFile).Samples, bits);
            tokenizer.Save(whole, _folder["out.tokens"]);
            Near(made.Samples, tokenizer.Decode(tokenizer.LoadTokens(_folder["out.tokens"])).Samples, bits);
            Assert.Equal(whole.Codes, (await tokenizer.EncodeAsync(_folder["in.wav"], cancellation: Cancellation)).Codes);

            using var wav = new MemoryStream();
            var stream = tokenizer.Decode(new OneWay(file.ToArray(), 13), "pipe", wav, cancellation: Cancellation);
            var written = AudioFile.Read(new MemoryStream(wav.ToArray()));
            Assert.DoesNotContain(written.Warnings, warning => warning.Code == AudioWarningCode.LengthUnknown);
            Near([.. made.Samples.Select(sample => Math.Clamp(sample, -1, 1))], written.Samples, 2f / 65536 + bits);
            Assert.Equal(made.Samples.Any(sample => MathF.Round(sample * 32768) is < -32768 or > 32767), stream.Warnings.Any(warning => warning.Code == "clipped"));
        }
    }

    /// <summary>A clip's level does not reach the codec: the codes of a quiet clip are those of a loud one, and its decoded sound is as quiet.</summary>
    [Fact]
    public void TheLevelIsTakenAwayAndRestored()
    {
        var sound = Sound(12 * Rate);
        var (loud, quiet) = (_tokenizer.Encode(Clip(sound)), _tokenizer.Encode(Clip([.. sound.Select(sample => sample / 256)])));
        Assert.Equal(loud.Codes, quiet.Codes);
        var (whole, less) = (_tokenizer.Decode(loud).Samples, _tokenizer.Decode(quiet).Samples);
        for (var i = 0; i < whole.Length; i++) Assert.Equal(whole[i] / 256, less[i], 1e-6f);

        var (mean, gain) = ActiveLevel.Measure(sound, Rate); // up to 15 s: as in training
        Assert.Equal((float)(1 / gain!.Value), Assert.Single(loud.Pieces.Select(piece => piece.Scale).Distinct()));
        var shifted = _tokenizer.Encode(Clip([.. sound.Select(sample => sample + 0.25f - (float)mean)]));
        Assert.Equal("offset-removed", Assert.Single(shifted.Warnings).Code);
    }

    /// <summary>Each stretch of ten seconds has its own level, whatever comes later; silence keeps the one before.</summary>
    [Fact]
    public void LongSoundsAreLevelledByStretches()
    {
        var sound = Sound(48 * Rate);
        for (var i = 0; i < 48 * Rate; i++) sound[i] *= (i / (10 * Rate)) switch { 0 => 1, 1 => 0.01f, 2 => 0, _ => 0.1f };
        var tokens = _tokenizer.Encode(Clip(sound));
        List<(float Scale, int Frames)> stretches = [];
        foreach (var piece in tokens.Pieces)
        {
            if (stretches.Count > 0 && stretches[^1].Scale == piece.Scale) stretches[^1] = (piece.Scale, stretches[^1].Frames + piece.Frames);
            else stretches.Add((piece.Scale, piece.Frames));
        }

        Assert.Equal([1000, 2000, 1000, 800], stretches.Select(stretch => stretch.Frames)); // 800: the rest is half a stretch or more
        Assert.InRange(stretches[0].Scale / stretches[1].Scale, 95, 105);
        Assert.InRange(stretches[0].Scale / stretches[2].Scale, 9.5, 10.5);
        var first = _tokenizer.Encode(Clip(sound[..(16 * Rate)]));
        Assert.Equal(first.Codes.Take(2900), tokens.Codes.Take(2900));
    }

    [Fact]
    public async Task WithAGainTokensComeWithoutWaiting()
    {
        var sound = Sound(Rate);
        var options = new AudioEncodingOptions { Gain = 0.5, Codebooks = 2 };
        var frames = 0;
        await foreach (var piece in _tokenizer.EncodeAsync(Cut(sound[..(Rate / 2)], () => 80), new AudioForm(Rate, 1), options, Cancellation))
        {
            Assert.Equal((2, 2f), (piece.Codebooks, piece.Samples is null ? piece.Scale : 2));
            frames += piece.Frames;
        }

        Assert.Equal(50, frames);
        var tokens = _tokenizer.Encode(Clip(sound), options);
        var twice = _tokenizer.Encode(Clip([.. sound.Select(sample => sample * 2)]), options with { Gain = 0.25 });
        Assert.Equal(tokens.Codes, twice.Codes);
        Assert.Equal(_tokenizer.Decode(tokens).Samples.Select(sample => sample * 2), _tokenizer.Decode(twice).Samples);
        foreach (var wrong in (double[])[0, -1, 1e-38, double.NaN, double.PositiveInfinity])
            Assert.Contains("a number above 0", Assert.Throws<OptionException>(() => _tokenizer.Encode(Clip(sound), new AudioEncodingOptions { Gain = wrong })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void APublishedCodecRefusesAGain()
    {
        using var published = new RandomCodec("EnCodec in chunks");
        using var codec = AudioTokenizer.Load(published.Path);
        var refused = Assert.Throws<OptionException>(() => codec.Encode(Clip(Sound(4000)), new AudioEncodingOptions { Gain = 2 }));
        Assert.Contains("Gain is 2; allowed: none, since encodec", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Up to the attention window Mimi gives what it gives without one; for a longer sound the result says that it may not.</summary>
    [Theory]
    [InlineData("Mimi")]
    [InlineData("Mimi with other options")]
    public async Task ASoundBeyondTheAttentionWindowIsToldOf(string form)
    {
        using var folder = new RandomCodec(form);
        using var tokenizer = AudioTokenizer.Load(folder.Path, new ModelLoadOptions { Threads = 1 });
        using var whole = LoadedCodec.Open(folder.Path);
        using var pool = new WorkerPool(1);
        using var ops = new InferenceOps(pool);
        var window = 5 * tokenizer.Config.Hop;
        foreach (var (samples, longer) in ((int, bool)[])[(0, false), (window, false), (window + 1, true), (20 * window, true)])
        {
            var tokens = tokenizer.Encode(Clip(Sound(samples)));
            Assert.Equal(longer, tokens.Warnings.Any(warning => warning.Code == "attention-window"));
            if (!longer) Assert.Equal(whole.Encode(ops, Sound(samples)).SelectMany(piece => piece.Codes), tokens.Codes);
            IReadOnlyList<TaskWarning> last = [];
            await foreach (var piece in tokenizer.EncodeAsync(Cut(Sound(samples), () => 77), new AudioForm(Rate, 1), cancellation: Cancellation)) last = piece.Warnings;
            Assert.Equal(tokens.Warnings, last);
            using var file = new MemoryStream();
            tokenizer.Save(tokens, file);
            file.Position = 0;
            Assert.Equal(longer, tokenizer.Decode(tokens).Warnings.Any(warning => warning.Code == AudioWarningCode.AttentionWindow));
            Assert.Equal(longer, tokenizer.Decode(file, "x", new MemoryStream()).Warnings.Any(warning => warning.Code == "attention-window" && warning.Text.Contains("mimi", StringComparison.Ordinal)));
        }
    }

    /// <summary>The gains of the codec's folder multiply the decoded sound, whole or in pieces; without the file nothing changes.</summary>
    [Fact]
    public async Task DecodedSoundIsMultipliedByTheGainOfItsCodebooks()
    {
        var tokens = _tokenizer.Encode(Clip(Sound(9000)));
        double[] gains = [2, 1.25, 0.5];
        OutputGains.Write(_codec.Path, gains);
        using var louder = AudioTokenizer.Load(_codec.Path, new ModelLoadOptions { Threads = 1 });
        Assert.True(louder.Model.Matches(_tokenizer.Model));
        for (var codebooks = 1; codebooks <= 3; codebooks++)
        {
            var (before, after) = (_tokenizer.Decode(tokens, codebooks).Samples, louder.Decode(tokens, codebooks).Samples);
            for (var i = 0; i < before.Length; i++) Assert.Equal(before[i] * gains[codebooks - 1], after[i], 1e-6);
            var samples = new List<float>();
            var pieces = Resplit([.. tokens.Pieces, new TokenPiece([], 3, 1) { Samples = 9000 }], new Random(3));
            await foreach (var piece in louder.DecodeAsync(Each(pieces), codebooks, Cancellation)) samples.AddRange(piece.Span);
            Assert.Equal(after, samples);
        }

        foreach (var (wrong, place) in new[] { ("[1, 1]", "2 numbers"), ("[1, 1, 0]", "numbers from"), ("[1, 1, \"x\"]", "gains"), ("[1, 1, 1e9]", "numbers from") })
        {
            File.WriteAllText(Path.Combine(_codec.Path, OutputGains.FileName), $"{{\"version\": 1, \"gains\": {wrong}}}");
            var error = Assert.Throws<ConfigException>(() => AudioTokenizer.Load(_codec.Path)).Message;
            Assert.Contains(OutputGains.FileName, error, StringComparison.Ordinal);
            Assert.Contains(place, error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void FewerCodebooksDecodeAndOthersAreRefused()
    {
        var tokens = _tokenizer.Encode(Clip(Sound(5000)));
        var two = _tokenizer.Encode(Clip(Sound(5000)), new AudioEncodingOptions { Codebooks = 2 });
        Assert.Equal(_tokenizer.Decode(two).Samples, _tokenizer.Decode(tokens, codebooks: 2).Samples);
        Assert.Contains("Codebooks is 3; allowed: 2, 1", Assert.Throws<OptionException>(() => _tokenizer.Decode(two, codebooks: 3)).Message, StringComparison.Ordinal);
        Assert.Contains("Codebooks is 4; allowed: 3, 2, 1", Assert.Throws<OptionException>(() => _tokenizer.Encode(Clip([]), new AudioEncodingOptions { Codebooks = 4 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OtherFormsAreConvertedWithWarnings()
    {
        var stereo = new AudioClip(Sound(2 * 44100), 44100, 2, []);
        var tokens = _tokenizer.Encode(stereo);
        Assert.Equal(["down-mixed", "resampled"], tokens.Warnings.Select(warning => warning.Code));
        Assert.Equal(_tokenizer.Encode(AudioPreparation.Prepare(stereo, Rate)).Codes, tokens.Codes);
        Assert.Equal(Rate, tokens.Samples);
        using var two = new RandomCodec("EnCodec in chunks");
        using var codec = AudioTokenizer.Load(two.Path);
        Assert.Equal(["repeated", "resampled"], codec.Encode(Clip(Sound(4000)) with { SampleRate = 16_000 }).Warnings.Select(warning => warning.Code));
    }

    [Fact]
    public void TokensOfAnotherModelAreRefusedByName()
    {
        using var other = new RandomCodec(RandomCodec.Ours, seed: 8);
        using var foreign = AudioTokenizer.Load(other.Path);
        var tokens = _tokenizer.Encode(Clip(Sound(1000)));
        _tokenizer.Save(tokens, _folder["a.tokens"]);
        Assert.Contains(_tokenizer.Model.Sha256[..16], Assert.Throws<OptionException>(() => foreign.Decode(tokens)).Message, StringComparison.Ordinal);
        var error = Assert.Throws<TokenFileException>(() => foreign.LoadTokens(_folder["a.tokens"])).Message;
        Assert.Contains(_folder["a.tokens"], error, StringComparison.Ordinal);
        Assert.Contains(Path.GetFileName(_codec.Path), error, StringComparison.Ordinal);
        Assert.Contains(Path.GetFileName(other.Path), error, StringComparison.Ordinal);
    }

    /// <summary>A file that is damaged or cut short is refused before anything is written, if it can seek; otherwise the first damaged block is.</summary>
    [Fact]
    public void DamagedTokensAreRefused()
    {
        using var file = new MemoryStream();
        _tokenizer.Save(_tokenizer.Encode(Clip(Sound(20 * Rate))), file);
        var bytes = file.ToArray();
        foreach (var damaged in (byte[][])[bytes[..^1], bytes[..(bytes.Length / 2)], [.. bytes, 0], [.. bytes[..^100], .. bytes[^100..].Select(b => (byte)(b ^ 4))]])
        {
            using var wav = new MemoryStream();
            Assert.Throws<TokenFileException>(() => _tokenizer.Decode(new MemoryStream(damaged), "x.tokens", wav));
            Assert.Equal(0, wav.Length);
            Assert.Throws<TokenFileException>(() => _tokenizer.Decode(new OneWay(damaged, 1000), "x.tokens", wav));
        }

        foreach (var wrong in new[] { float.NaN, 1e38f })
            Assert.Contains("Sample 1", Assert.Throws<ArgumentException>(() => _tokenizer.Encode(Clip([0, wrong]))).Message, StringComparison.Ordinal);
    }

    /// <summary>A file with the right checksums may still be wrong: its length or its header contradicts the codec.</summary>
    [Fact]
    public void FilesThatContradictTheirCodecAreRefused()
    {
        var header = _tokenizer.Encode(Clip([])).Header;
        foreach (var (frames, samples) in ((int, long)[])[(0, 1), (1, 0), (1, 81), (100, 0), (100, 7920), (100, 8001), (100, 1L << 62)])
        {
            var bytes = Bytes(header, frames, samples);
            using var wav = new MemoryStream();
            var place = $"x.tokens: end of the file: found a length of {samples} samples; allowed: ";
            Assert.StartsWith(place, Assert.Throws<TokenFileException>(() => _tokenizer.Decode(new MemoryStream(bytes), "x.tokens", wav)).Message, StringComparison.Ordinal);
            Assert.Equal(0, wav.Length);
            Assert.StartsWith(place, Assert.Throws<TokenFileException>(() => _tokenizer.Decode(new OneWay(bytes, 1000), "x.tokens", wav)).Message, StringComparison.Ordinal);
            Assert.StartsWith(place, Assert.Throws<TokenFileException>(() => _tokenizer.LoadTokens(new MemoryStream(bytes), "x.tokens")).Message, StringComparison.Ordinal);
        }

        foreach (var (field, wrong) in ((string, TokenFileHeader)[])
        [
            ("sampling rate", header with { SamplingRate = 16000 }), ("channels", header with { Channels = 2 }), ("samples per frame", header with { SamplesPerFrame = 79 }),
            ("entries", header with { Entries = 1 << 16 }), ("codebooks", header with { Codebooks = header.Codebooks + 1 }),
        ])
        {
            Assert.StartsWith($"x.tokens: header, {field}: found ", Assert.Throws<TokenFileException>(() =>
                _tokenizer.LoadTokens(new MemoryStream(Bytes(wrong, 1, 80)), "x.tokens")).Message, StringComparison.Ordinal);
        }

        static byte[] Bytes(TokenFileHeader header, int frames, long samples)
        {
            using var file = new MemoryStream();
            var writer = new TokenFileWriter(file, header);
            if (frames > 0) writer.Write(new int[frames * header.Codebooks]);
            writer.Finish(samples);
            return file.ToArray();
        }
    }

    [Fact]
    public async Task CancellationEndsWaitingAndComputing()
    {
        using var source = new CancellationTokenSource();
        using var stalled = new StalledStream();
        var waiting = _tokenizer.EncodeAsync(stalled, Stream.Null, cancellation: source.Token);
        var decoding = Task.Run(() => _tokenizer.Decode(stalled, "stalled", Stream.Null, cancellation: source.Token), Cancellation);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => decoding);
        Assert.ThrowsAny<OperationCanceledException>(() => _tokenizer.Encode(Clip(Sound(1000)), cancellation: source.Token));
        Assert.Equal(1000, _tokenizer.Encode(Clip(Sound(1000)), cancellation: Cancellation).Samples); // the model goes on
    }

    [Fact]
    public async Task SeveralCallersTakeTurns()
    {
        var sounds = Enumerable.Range(1, 6).Select(i => Clip(Sound(i * 3000))).ToArray();
        var alone = sounds.Select(sound => _tokenizer.Encode(sound).Codes).ToArray();
        var together = await Task.WhenAll(sounds.Select(sound => _tokenizer.EncodeAsync(sound, cancellation: Cancellation)));
        for (var i = 0; i < sounds.Length; i++) Assert.Equal(alone[i], together[i].Codes);
    }

    [Fact]
    public void AFolderThatIsNoCodecIsRefusedAndATrainingRunIsOpened()
    {
        var checkpoint = Path.Combine(_folder["run"], "checkpoints", "step-00000007");
        Directory.CreateDirectory(checkpoint);
        foreach (var file in Directory.GetFiles(_codec.Path)) File.Copy(file, Path.Combine(checkpoint, Path.GetFileName(file)));
        Formats.Files.FolderChecksums.Write(checkpoint, RunCheckpoints.ChecksumFile);
        using (var tokenizer = AudioTokenizer.Load(_folder["run"]))
        {
            Assert.True(tokenizer.Model.Matches(_tokenizer.Model));
            Assert.Contains(tokenizer.Warnings, warning => warning.Text.Contains("is a training run", StringComparison.Ordinal));
        }

        File.AppendAllText(Path.Combine(checkpoint, "model.safetensors"), "x");
        Assert.Contains("model.safetensors", Assert.Throws<CheckpointException>(() => AudioTokenizer.Load(_folder["run"])).Message, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_codec.Path, "config.json"), """{"model_type": "qwen2"}""");
        Assert.Contains("frame_codec", Assert.Throws<ConfigException>(() => AudioTokenizer.Load(_codec.Path)).Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _tokenizer.Dispose();
        _codec.Dispose();
        _folder.Dispose();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static AudioClip Clip(float[] samples) => new(samples, Rate, 1, []);

    private static float[] Sound(int samples)
    {
        var random = new Random(5);
        return [.. Enumerable.Range(0, samples).Select(i => 0.3f * MathF.Sin(i * 0.05f * (1 + 0.3f * MathF.Sin(i * 1e-4f))) * MathF.Sin(i * 0.0007f) + 0.05f * (float)(2 * random.NextDouble() - 1))];
    }

    private void WriteWav(string name, AudioClip clip)
    {
        using var file = File.Create(_folder[name]);
        WavWriter.Write(file, clip.Samples, clip.SampleRate, clip.Channels, WavEncoding.Float32);
    }

    private static void Near(IReadOnlyList<float> expected, IReadOnlyList<float> found, float bound)
    {
        Assert.Equal(expected.Count, found.Count);
        for (var i = 0; i < expected.Count; i++) Assert.Equal(expected[i], found[i], bound);
    }

    private static IEnumerable<float> Scales(IEnumerable<TokenPiece> pieces) => pieces.SelectMany(piece => Enumerable.Repeat(piece.Scale, piece.Frames));

    private static IEnumerable<TokenPiece> Resplit(IReadOnlyList<TokenPiece> pieces, Random random)
    {
        foreach (var piece in pieces)
        {
            var at = 0;
            for (int count; at < piece.Frames && piece.Samples is null; at += count)
            {
                count = Math.Min(piece.Frames - at, random.Next(1, 60));
                yield return piece with { Codes = [.. piece.Codes.Skip(at * piece.Codebooks).Take(count * piece.Codebooks)] };
            }

            if (piece.Samples is not null) yield return piece;
        }
    }

    private static async IAsyncEnumerable<T> Each<T>(IEnumerable<T> items)
    {
        foreach (var item in items)
        {
            await Task.Yield();
            yield return item;
        }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<float>> Cut(float[] samples, Func<int> next, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        for (int at = 0, count; at < samples.Length; at += count)
        {
            await Task.Yield();
            cancellation.ThrowIfCancellationRequested();
            count = Math.Min(next(), samples.Length - at);
            yield return samples.AsMemory(at, count);
        }
    }

    /// <summary>A pipe: gives some bytes at a time, and remembers what is written.</summary>
    private sealed class OneWay(byte[] bytes, int most) : MemoryStream
    {
        private int _at;

        public override bool CanSeek => false;

        public byte[] Written => ToArray();

        public override int Read(Span<byte> buffer)
        {
            var count = Math.Min(Math.Min(buffer.Length, most), bytes.Length - _at);
            bytes.AsSpan(_at, count).CopyTo(buffer);
            _at += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));
    }
}

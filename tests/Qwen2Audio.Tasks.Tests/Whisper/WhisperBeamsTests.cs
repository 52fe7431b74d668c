using System.Text.Json.Nodes;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Inference.Whisper;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Tasks.Whisper;

namespace Qwen2Audio.Tasks.Tests.Whisper;

/// <summary>Beam search with Whisper: compared with greedy decoding and exhaustive search, and through the transcriber.</summary>
public sealed class WhisperBeamsTests
{
    private static readonly WhisperOptions Lenient = new() { LogProbabilityThreshold = -100, CompressionRatioThreshold = 100, NoSpeechThreshold = 1 };

    [Theory]
    [InlineData(true, 30)]
    [InlineData(true, 5)]
    [InlineData(false, 30)]
    [InlineData(false, 1)]
    public void OneBeamIsGreedy(bool timestamps, int most)
    {
        for (var seed = 1; seed <= 4; seed++)
        {
            using var tiny = new TinyWhisper(seed);
            using var speech = LoadedWhisper.Load(tiny.Folder);
            using var turn = speech.Gate.Enter();
            using var session = Listening(speech, texts: 1);
            var writer = new WhisperTextDecoder(session, speech.Tokens);
            var prefix = speech.Tokens.Prefix("en", "transcribe", timestamps);
            var greedy = writer.Write(prefix, timestamps, most);
            var beam = writer.Write(prefix, timestamps, most, new WhisperBeams());
            Assert.Equal(greedy.Tokens, beam.Tokens);
            Assert.Equal(greedy.LogProbabilities, beam.LogProbabilities);
            Assert.Equal((greedy.Ended, greedy.EndLogProbability, greedy.NoSpeechProbability), (beam.Ended, beam.EndLogProbability, beam.NoSpeechProbability));
        }
    }

    [Theory]
    [InlineData(true, 1.0)]
    [InlineData(false, 1.0)]
    [InlineData(false, 0.0)]
    [InlineData(false, 3.0)]
    public void EnoughBeamsFindTheBestOfAll(bool timestamps, double penalty)
    {
        for (var seed = 1; seed <= 3; seed++)
        {
            using var tiny = new TinyWhisper(seed, textScale: 1, folder => TinyWhisper.Edit(folder, "generation_config.json", json => json["begin_suppress_tokens"] = new JsonArray()));
            using var speech = LoadedWhisper.Load(tiny.Folder);
            using var turn = speech.Gate.Enter();
            using var session = Listening(speech, texts: 170);
            var prefix = speech.Tokens.Prefix("de", "transcribe", timestamps);
            var best = (Score: double.NegativeInfinity, Tokens: (int[])[]);
            var first = LogProbabilities(session, speech.Tokens, prefix, [], timestamps);
            for (var a = 0; a < first.Length; a++)
            {
                if (float.IsNegativeInfinity(first[a])) continue;
                if (a == TinyWhisper.End)
                {
                    Offer(first[a], a);
                    continue;
                }

                var second = LogProbabilities(session, speech.Tokens, prefix, [a], timestamps);
                for (var b = 0; b < second.Length; b++) Offer((double)first[a] + second[b], a, b);
            }

            var found = new WhisperTextDecoder(session, speech.Tokens).Write(prefix, timestamps, 1, new WhisperBeams(170, penalty, EarlyStopping.Never));
            Assert.Equal(best.Tokens[^1] == TinyWhisper.End, found.Ended);
            Assert.Equal(best.Tokens[..^1], found.Tokens);
            if (found.Ended) Assert.Equal(best.Score * Math.Pow(best.Tokens.Length, penalty), found.LogProbabilities.Sum(p => (double)p) + found.EndLogProbability, 1e-4);

            void Offer(double sum, params int[] tokens)
            {
                var score = sum / Math.Pow(tokens.Length, penalty);
                if (score > best.Score) best = (score, tokens);
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ManyBeamsFindTextsAtLeastAsLikelyAndScoreThemAsTheWholePassDoes(bool timestamps)
    {
        var better = 0;
        for (var seed = 1; seed <= 6; seed++)
        {
            using var tiny = new TinyWhisper(seed, textScale: 2);
            using var speech = LoadedWhisper.Load(tiny.Folder);
            using var turn = speech.Gate.Enter();
            using var session = Listening(speech, texts: 12);
            var writer = new WhisperTextDecoder(session, speech.Tokens);
            var prefix = speech.Tokens.Prefix("fr", "translate", timestamps);
            var greedy = writer.Write(prefix, timestamps, 24);
            var found = writer.Write(prefix, timestamps, 24, new WhisperBeams(12));
            Assert.True(found.AverageLogProbability >= greedy.AverageLogProbability - 1e-6, $"{found.AverageLogProbability} after {greedy.AverageLogProbability}");
            if (found.AverageLogProbability > greedy.AverageLogProbability + 1e-6) better++;
            for (var i = 0; i < found.Tokens.Count; i++)
                Assert.Equal(LogProbabilities(session, speech.Tokens, prefix, [.. found.Tokens.Take(i)], timestamps)[found.Tokens[i]], found.LogProbabilities[i], 1e-4f);
            if (found.Ended) Assert.Equal(LogProbabilities(session, speech.Tokens, prefix, [.. found.Tokens], timestamps)[TinyWhisper.End], found.EndLogProbability, 1e-4f);
        }

        Assert.True(better > 0, "beams changed nothing");
    }

    [Fact]
    public void TheFolderSaysHowManyBeamsUnlessTheOptionsDo()
    {
        using var tiny = new TinyWhisper(2, 2, folder => TinyWhisper.Edit(folder, "generation_config.json", json =>
        {
            json["num_beams"] = 6;
            json["length_penalty"] = 0.5;
            json["early_stopping"] = true;
        }));
        using var speech = LoadedWhisper.Load(tiny.Folder);
        Assert.Equal(new WhisperBeams(6, 0.5, EarlyStopping.WhenFull), speech.Beams);
        var cold = Lenient with { Temperatures = [0] };
        var six = Text(cold);
        Assert.Equal(six, Text(cold with { Beams = 6, LengthPenalty = 0.5 }));
        Assert.NotEqual(six, Text(cold with { Beams = 1 }));

        string Text(WhisperOptions options) => new WhisperTranscriber(speech, options).Transcribe(Sounds.Noise(6)).Text;
    }

    [Fact]
    public void ResultsDependOnNeitherThreadsNorRepetition()
    {
        using var tiny = new TinyWhisper(2);
        var found = new List<(string, double[])>();
        foreach (var threads in new[] { 1, 3, 2 })
        {
            using var speech = LoadedWhisper.Load(tiny.Folder, new ModelLoadOptions { Threads = threads });
            for (var again = 0; again < 2; again++)
            {
                var result = new WhisperTranscriber(speech, Lenient with { Beams = 5 }).Transcribe(Sounds.Noise(5));
                found.Add((result.Text, [.. result.Words.Select(word => word.Start), .. result.Segments.Select(segment => segment.AverageLogProbability)]));
            }
        }

        Assert.NotEmpty(found[0].Item1);
        Assert.All(found, each => Assert.Equal(found[0].Item1, each.Item1));
        Assert.All(found, each => Assert.Equal(found[0].Item2, each.Item2));
    }

    [Fact]
    public void BeamsAreForTemperatureZeroAndTheFallbackDraws()
    {
        using var tiny = new TinyWhisper();
        using var speech = LoadedWhisper.Load(tiny.Folder);
        var drawn = Lenient with { Temperatures = [0.7], Seed = 3 };
        Assert.Equal(Of(drawn).Text, Of(drawn with { Beams = 5 }).Text);
        var raised = Of(Lenient with { Beams = 5, LogProbabilityThreshold = -0.01, Temperatures = [0, 0.4, 0.9], Seed = 1 });
        Assert.NotEmpty(raised.Segments);
        Assert.All(raised.Segments, segment => Assert.Equal(0.9, segment.Temperature));

        Transcription Of(WhisperOptions options) => new WhisperTranscriber(speech, options).Transcribe(Sounds.Noise(1.9));
    }

    [Fact]
    public void BeamsThatCannotBeAreRefused()
    {
        using var tiny = new TinyWhisper();
        using var speech = LoadedWhisper.Load(tiny.Folder);
        foreach (var beams in new[] { 0, 257 })
            Assert.Contains("1 to 256", Assert.Throws<OptionException>(() => new WhisperTranscriber(speech, new WhisperOptions { Beams = beams })).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new WhisperTranscriber(speech, new WhisperOptions { LengthPenalty = double.NaN }));
        using var turn = speech.Gate.Enter();
        using var session = Listening(speech, texts: 2);
        var writer = new WhisperTextDecoder(session, speech.Tokens);
        Assert.Throws<ArgumentException>(() => writer.Write(speech.Tokens.Prefix("en", "transcribe", true), true, 9, new WhisperBeams(3)));
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        Assert.Throws<OperationCanceledException>(() => writer.Write(speech.Tokens.Prefix("en", "transcribe", true), true, 9, new WhisperBeams(2), cancel.Token));
    }

    private static WhisperSession Listening(LoadedWhisper speech, int texts)
    {
        var session = speech.Begin(texts);
        session.Encode(new WhisperMel(Sounds.Noise(2).Samples, 80, 200).Window(0), Model.Ops.Layout.Of(200));
        return session;
    }

    private static float[] LogProbabilities(WhisperSession session, WhisperTokens tokens, int[] prefix, int[] made, bool timestamps)
    {
        session.Restart();
        var row = session.Feed([.. prefix, .. made]).Row(0).ToArray();
        new WhisperRules(tokens).Apply(row, made, timestamps);
        var sum = Math.Log(row.Sum(x => Math.Exp(x)));
        return [.. row.Select(x => (float)(x - sum))];
    }
}

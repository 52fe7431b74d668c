using System.Text.Json.Nodes;
using Qwen2Audio.Formats;
using Qwen2Audio.Inference.Whisper;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Tasks.Whisper;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Tests.Whisper;

public sealed class WhisperTranscriberTests
{
    /// <summary>Thresholds that let everything pass, since the texts of a random model are unlikely.</summary>
    private static readonly WhisperOptions Lenient = new() { LogProbabilityThreshold = -100, CompressionRatioThreshold = 100, NoSpeechThreshold = 1 };

    [Fact]
    public void SegmentsAndWordsLieInOrderWithinTheAudio()
    {
        var written = 0;
        for (var seed = 1; seed <= 4; seed++)
        {
            using var tiny = new TinyWhisper(seed);
            using var speech = LoadedWhisper.Load(tiny.Folder);
            var result = new WhisperTranscriber(speech, Lenient).Transcribe(Sounds.Noise(7.3));
            Assert.Contains(result.Warnings, warning => warning.Code == "segmented");
            Assert.All(result.Segments, segment => Assert.True(segment.Start >= 0 && segment.Start < segment.End && segment.End <= 7.3 && segment.Text.Length > 0));
            Assert.All(result.Words, word => Assert.True(word.Start >= 0 && word.Start <= word.End && word.End <= 7.3 && word.Confidence is > 0 and <= 1));
            Assert.All(result.Words.Zip(result.Words.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Start));
            Assert.Equal(Joined([result.Text]), Joined(result.Segments.Select(segment => segment.Text)));
            Assert.Equal(Joined([result.Text]), Joined(result.Words.Select(word => word.Text)));
            Assert.Contains(result.Language, (string?[])["en", "de", "fr"]);
            Assert.InRange(result.LanguageProbability!.Value, 1 / 3.0, 1);
            Assert.InRange(result.SpeechProbability!.Value, 0, 1);
            Assert.Equal(Decoding.DecoderOnly, result.Decoding);
            written += result.Segments.Count;
        }

        Assert.True(written > 8, $"{written} segments");
    }

    [Fact]
    public void AShortClipIsHeardInOneWindowAsFarAsItsTimestampsReach()
    {
        using var tiny = new TinyWhisper();
        using var speech = LoadedWhisper.Load(tiny.Folder);
        var result = new WhisperTranscriber(speech, Lenient with { Timestamps = false }).Transcribe(Sounds.Noise(1.5));
        Assert.DoesNotContain(result.Warnings, warning => warning.Code == "segmented");
        var segment = Assert.Single(result.Segments);
        Assert.Equal((0, 1.5), (segment.Start, segment.End));
        var longer = new WhisperTranscriber(speech, Lenient with { Timestamps = false }).Transcribe(Sounds.Noise(5));
        Assert.Equal([0, 2, 4], longer.Segments.Select(part => part.Start));
        Assert.Equal("5.0 s of audio were processed in 3 windows of at most 2.0 s.", longer.Warnings.Single(warning => warning.Code == "segmented").Text);
    }

    [Fact]
    public void ResultsDependOnNeitherThreadsNorRepetition()
    {
        using var tiny = new TinyWhisper(2);
        var options = Lenient with { Temperatures = [0.7], Seed = 5 };
        var texts = new List<(string, double[])>();
        foreach (var threads in new[] { 1, 3, 2 })
        {
            using var speech = LoadedWhisper.Load(tiny.Folder, new ModelLoadOptions { Threads = threads });
            for (var again = 0; again < 2; again++)
            {
                var result = new WhisperTranscriber(speech, options).Transcribe(Sounds.Noise(3));
                texts.Add((result.Text, [.. result.Words.Select(word => word.Start), .. result.Segments.Select(segment => segment.AverageLogProbability)]));
            }

            Assert.NotEqual(texts[0].Item1, new WhisperTranscriber(speech, options with { Seed = 6 }).Transcribe(Sounds.Noise(3)).Text);
        }

        Assert.All(texts, text => Assert.Equal(texts[0].Item1, text.Item1));
        Assert.All(texts, text => Assert.Equal(texts[0].Item2, text.Item2));
    }

    [Fact]
    public void WrittenTokensFollowTheRules()
    {
        var pairs = 0;
        for (var seed = 1; seed <= 4; seed++)
        {
            using var tiny = new TinyWhisper(seed, textScale: 2);
            using var speech = LoadedWhisper.Load(tiny.Folder);
            using var turn = speech.Gate.Enter();
            using var session = speech.Begin();
            session.Encode(new WhisperMel(Sounds.Noise(2).Samples, 80, 200).Window(0), Model.Ops.Layout.Of(200));
            var writer = new WhisperTextDecoder(session, speech.Tokens);
            foreach (var temperature in new[] { 0, 0.5, 1 })
            {
                var text = writer.Write(speech.Tokens.Prefix("de", "transcribe", true), true, 40, temperature, (ulong)seed);
                Assert.Equal(text.Tokens.Count, text.LogProbabilities.Count);
                Assert.All(text.LogProbabilities, p => Assert.True(p <= 1e-6));
                Assert.InRange(text.Tokens[0], TinyWhisper.FirstTimestamp, TinyWhisper.FirstTimestamp + 25);
                Assert.DoesNotContain(text.Tokens, token => token is TinyWhisper.Suppressed or 54 or (>= 58 and <= 62) or >= TinyWhisper.FirstTimestamp + TinyWhisper.Timestamps);
                var times = text.Tokens.Where(token => token >= TinyWhisper.FirstTimestamp).ToArray();
                Assert.Equal(times.Order(), times);
                for (var i = 1; i + 1 < text.Tokens.Count; i++)
                {
                    // after its text a segment closes with a time, and the next one opens with another
                    if (text.Tokens[i] < TinyWhisper.FirstTimestamp || text.Tokens[i - 1] >= TinyWhisper.FirstTimestamp) continue;
                    Assert.True(text.Tokens[i + 1] >= TinyWhisper.End);
                    pairs++;
                }
            }
        }

        Assert.True(pairs > 5, $"{pairs} pairs");
    }

    [Fact]
    public void ATextsLogProbabilityIsThatOfTheWholePass()
    {
        using var tiny = new TinyWhisper(3);
        using var speech = LoadedWhisper.Load(tiny.Folder);
        using var turn = speech.Gate.Enter();
        using var session = speech.Begin();
        session.Encode(new WhisperMel(Sounds.Noise(2).Samples, 80, 200).Window(0), Model.Ops.Layout.Of(200));
        var prefix = speech.Tokens.Prefix("en", "translate", timestamps: false);
        var text = new WhisperTextDecoder(session, speech.Tokens).Write(prefix, timestamps: false, 20);
        session.Restart();
        float[][] logits = [.. prefix.Concat(text.Tokens).Select(token => session.Feed([token]).Row(0).ToArray())];
        var start = logits[0].Select(x => (double)x).ToArray();
        Assert.Equal(Math.Exp(start[61]) / start.Sum(Math.Exp), text.NoSpeechProbability, 1e-6);
        for (var i = 0; i < text.Tokens.Count; i++)
        {
            var row = logits[prefix.Length - 1 + i];
            new WhisperRules(speech.Tokens).Apply(row, [.. text.Tokens.Take(i)], timestamps: false);
            var p = Math.Exp(row[text.Tokens[i]]) / row.Sum(x => Math.Exp(x));
            Assert.Equal(Math.Log(p), text.LogProbabilities[i], 1e-4);
            Assert.Equal(row.Max(), row[text.Tokens[i]], 1e-4f);
        }
    }

    [Fact]
    public void LanguagesAreToldByTheFirstStepAlone()
    {
        using var tiny = new TinyWhisper(4);
        using var speech = LoadedWhisper.Load(tiny.Folder);
        using var turn = speech.Gate.Enter();
        using var session = speech.Begin();
        session.Encode(new WhisperMel(Sounds.Noise(2).Samples, 80, 200).Window(0), Model.Ops.Layout.Of(200));
        var found = new WhisperTextDecoder(session, speech.Tokens).DetectLanguage();
        session.Restart();
        var logits = session.Feed([54]).Row(0).ToArray();
        var sum = Math.Exp(logits[55]) + Math.Exp(logits[56]) + Math.Exp(logits[57]);
        foreach (var (code, probability) in found.Languages)
            Assert.Equal(Math.Exp(logits[code switch { "en" => 55, "de" => 56, _ => 57 }]) / sum, probability, 1e-6);
        Assert.Equal(found.Languages.Max(language => language.Probability), found.Languages[0].Probability);
    }

    [Fact]
    public void ALanguageThatIsNamedIsNotTold()
    {
        using var tiny = new TinyWhisper(4);
        using var speech = LoadedWhisper.Load(tiny.Folder);
        var chosen = new WhisperTranscriber(speech, Lenient with { Language = "fr", Translate = true }).Transcribe(Sounds.Noise(2));
        Assert.Equal(("fr", null), (chosen.Language, chosen.LanguageProbability));
    }

    [Fact]
    public void UnlikelyTextIsTriedAtHigherTemperaturesAndSuspected()
    {
        using var tiny = new TinyWhisper();
        using var speech = LoadedWhisper.Load(tiny.Folder);
        var result = new WhisperTranscriber(speech, Lenient with { LogProbabilityThreshold = -0.01, Temperatures = [0, 0.4, 0.9], Seed = 1 }).Transcribe(Sounds.Noise(1.9));
        Assert.All(result.Segments, segment => Assert.Equal(0.9, segment.Temperature));
        Assert.All(result.Segments, segment => Assert.Contains(segment.Suspicions, sign => sign.StartsWith("low probability", StringComparison.Ordinal)));
        Assert.Contains(result.Warnings, warning => warning.Code == "temperature-raised");
        Assert.Contains(result.Warnings, warning => warning.Code == "hallucination-suspected");
    }

    [Fact]
    public void WhereNobodySpeaksNothingIsWritten()
    {
        using var tiny = new TinyWhisper();
        using var speech = LoadedWhisper.Load(tiny.Folder);
        var certain = Lenient with { NoSpeechThreshold = 0, LogProbabilityThreshold = 0 };
        var result = new WhisperTranscriber(speech, certain).Transcribe(Sounds.Noise(4));
        Assert.Equal(("", 0, 0), (result.Text, result.Segments.Count, result.Words.Count));
        Assert.Contains(result.Warnings, warning => warning.Code == "no-speech");

        var silent = new WhisperTranscriber(speech).Transcribe(Sounds.Silence(3));
        Assert.Equal(("", 0.0), (silent.Text, silent.SpeechProbability));
        Assert.Contains(silent.Warnings, warning => warning.Code == "silence");
        Assert.Contains(new WhisperTranscriber(speech).Transcribe(Sounds.Silence(0)).Warnings, warning => warning.Code == "empty");

        var half = Sounds.Clip([.. Sounds.Noise(2).Samples, .. new float[3 * 32_000]]);
        Assert.Contains(new WhisperTranscriber(speech, Lenient with { Timestamps = false }).Transcribe(half).Warnings, warning => warning.Code == "part-without-speech");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(159)]
    [InlineData(161)]
    [InlineData(31_999)]
    [InlineData(32_000)]
    [InlineData(32_001)]
    public void AnyLengthIsHeard(int samples)
    {
        using var tiny = new TinyWhisper();
        using var speech = LoadedWhisper.Load(tiny.Folder);
        var result = new WhisperTranscriber(speech, Lenient).Transcribe(Sounds.Clip(Sounds.Noise(3).Samples[..samples]));
        Assert.All(result.Segments, segment => Assert.True(segment.End <= samples / 16_000.0 + 1e-9));
    }

    [Fact]
    public void AnInitialPromptAndEarlierTextChangeWhatIsWritten()
    {
        using var tiny = new TinyWhisper(2);
        using var speech = LoadedWhisper.Load(tiny.Folder);
        string Text(WhisperOptions options) => new WhisperTranscriber(speech, options).Transcribe(Sounds.Noise(6)).Text;
        var plain = Text(Lenient);
        Assert.NotEqual(plain, Text(Lenient with { Prompt = "abc def" }));
        Assert.NotEqual(plain, Text(Lenient with { ConditionOnPrevious = true }));
        Assert.Equal(plain, Text(Lenient));
    }

    [Fact]
    public void ChoicesThatTheModelDoesNotHaveAreRefused()
    {
        using var tiny = new TinyWhisper();
        using var speech = LoadedWhisper.Load(tiny.Folder);
        Assert.Contains("de, en, fr", Assert.Throws<OptionException>(() => new WhisperTranscriber(speech, new WhisperOptions { Language = "nl" })).Message, StringComparison.Ordinal);
        Assert.Throws<OptionException>(() => new WhisperTranscriber(speech, new WhisperOptions { Temperatures = [] }));
        Assert.Throws<OptionException>(() => new WhisperTranscriber(speech, new WhisperOptions { Temperatures = [double.NaN] }));
        Assert.Throws<OptionException>(() => new WhisperTranscriber(speech, new WhisperOptions { MaxTokens = 0 }));
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => new WhisperTranscriber(speech).Transcribe(Sounds.Noise(2), cancellation: cancelled.Token));
    }

    [Fact]
    public void AnEnglishOnlyModelHasNeitherLanguageNorTask()
    {
        using var tiny = new TinyWhisper(1, 3, folder => TinyWhisper.Edit(folder, "generation_config.json", json =>
        {
            json["is_multilingual"] = false;
            json.Remove("lang_to_id");
            json.Remove("task_to_id");
        }));
        using var speech = LoadedWhisper.Load(tiny.Folder);
        Assert.Equal([54], speech.Tokens.Prefix("en", "transcribe", timestamps: true));
        Assert.Equal("en", new WhisperTranscriber(speech, Lenient).Transcribe(Sounds.Noise(2)).Language);
        Assert.Throws<OptionException>(() => new WhisperTranscriber(speech, new WhisperOptions { Translate = true }));
        Assert.Throws<OptionException>(() => new WhisperTranscriber(speech, new WhisperOptions { Language = "de" }));
    }

    [Fact]
    public void TheLongestSequenceOfGenerationConfigHolds()
    {
        using var tiny = new TinyWhisper(2, 3, folder => TinyWhisper.Edit(folder, "generation_config.json", json => json["max_length"] = 9));
        using var speech = LoadedWhisper.Load(tiny.Folder);
        using var turn = speech.Gate.Enter();
        using var session = speech.Begin();
        session.Encode(new WhisperMel(Sounds.Noise(2).Samples, 80, 200).Window(0), Model.Ops.Layout.Of(200));
        var prefix = speech.Tokens.Prefix("en", "transcribe", timestamps: true);
        var writer = new WhisperTextDecoder(session, speech.Tokens);
        for (var draw = 0; draw < 5; draw++)
            Assert.InRange(writer.Write(prefix, true, 40, 1, (ulong)draw).Tokens.Count, 1, 9 - prefix.Length);
    }

    [Fact]
    public void WhatGenerationConfigLeavesOutComesFromTheTokensNames()
    {
        using var tiny = new TinyWhisper(1, 3, folder => File.WriteAllText(Path.Combine(folder, "generation_config.json"), """{"is_multilingual": true}"""));
        using var speech = LoadedWhisper.Load(tiny.Folder);
        Assert.Equal((54, 53, 62, 61, 60), (speech.Tokens.Start, speech.Tokens.End, speech.Tokens.NoTimestamps, speech.Tokens.NoSpeech, speech.Tokens.StartOfPrevious));
        Assert.Equal(["de", "en", "fr"], speech.Tokens.Languages.Keys.Order());
        Assert.Equal([54, 56, 58], speech.Tokens.Prefix("de", "translate", true));
        Assert.Equal([164, 165, 166], speech.Tokens.Suppressed);
        Assert.Null(speech.Tokens.MaxInitialTimestamp);
    }

    [Theory]
    [InlineData("generation_config.json", "suppress_tokens", "[1, 900]", "$.suppress_tokens[1]")]
    [InlineData("generation_config.json", "suppress_tokens", "\"none\"", "$.suppress_tokens")]
    [InlineData("generation_config.json", "no_timestamps_token_id", "-3", "$.no_timestamps_token_id")]
    [InlineData("generation_config.json", "no_timestamps_token_id", "166", "$.vocab_size")]
    [InlineData("generation_config.json", "lang_to_id", "{\"<|en|>\": 1000}", "$.lang_to_id")]
    [InlineData("generation_config.json", "lang_to_id", "{\"en\": 55}", "$.lang_to_id")]
    [InlineData("generation_config.json", "lang_to_id", "[55]", "$.lang_to_id")]
    [InlineData("generation_config.json", "task_to_id", "{\"transcribe\": \"59\"}", "$.task_to_id")]
    [InlineData("generation_config.json", "alignment_heads", "[[1, 0], [2, 0]]", "$.alignment_heads")]
    [InlineData("generation_config.json", "alignment_heads", "[[1]]", "$.alignment_heads")]
    [InlineData("generation_config.json", "alignment_heads", "7", "$.alignment_heads")]
    [InlineData("generation_config.json", "max_initial_timestamp_index", "1.5", "$.max_initial_timestamp_index")]
    [InlineData("generation_config.json", "is_multilingual", "\"yes\"", "$.is_multilingual")]
    [InlineData("generation_config.json", "num_beams", "0", "$.num_beams")]
    [InlineData("generation_config.json", "length_penalty", "\"long\"", "$.length_penalty")]
    [InlineData("generation_config.json", "early_stopping", "\"soon\"", "$.early_stopping")]
    [InlineData("preprocessor_config.json", "feature_size", "128", "$.feature_size")]
    [InlineData("preprocessor_config.json", "hop_length", "200", "$.hop_length")]
    [InlineData("preprocessor_config.json", "n_fft", "512", "$.n_fft")]
    [InlineData("preprocessor_config.json", "chunk_length", "30", "$.chunk_length")]
    [InlineData("preprocessor_config.json", "sampling_rate", "8000", "$.sampling_rate")]
    [InlineData("preprocessor_config.json", "nb_max_frames", "3000", "$.nb_max_frames")]
    [InlineData("preprocessor_config.json", "padding_value", "1", "$.padding_value")]
    [InlineData("preprocessor_config.json", "do_normalize", "true", "$.do_normalize")]
    [InlineData("config.json", "vocab_size", "60", "$.decoder_start_token_id|$.eos_token_id|$.no_timestamps|vocab")]
    public void DamagedFilesAreRefusedByFileAndPlace(string file, string field, string value, string place)
    {
        using var tiny = new TinyWhisper(1, 3, folder => TinyWhisper.Edit(folder, file, json => json[field] = JsonNode.Parse(value)));
        var error = Assert.ThrowsAny<BadFileException>(() => LoadedWhisper.Load(tiny.Folder).Dispose());
        Assert.Contains(place.Split('|'), part => error.Message.Contains(part, StringComparison.Ordinal));
        Assert.Contains(tiny.Folder, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WordsAreCutAtSpacesOrCharacters()
    {
        var vocabulary = BytePairVocabulary.Parse("""{"a":0,"b":1,"Ġa":2,".":3,"Ġ\"":4,"ä":5,"¸":6,"Ń":7,"æ":8,"ĸ":9,"ĩ":10,"Ġ":11}""", "#version: 0.2\n");
        var tokenizer = new BytePairTokenizer(vocabulary, new TokenizerOptions { Composed = false, Pretokenizer = Gpt2Pretokenizer.Split });
        Assert.Equal([("ab", 2), ("ab.", 3), ("a \"", 2)], WhisperWords.Group(tokenizer, "en", [2, 1, 2, 1, 3, 2, 4]));
        Assert.Equal([("ba", 2), ("a", 1)], WhisperWords.Group(tokenizer, "en", [1, 0, 2]));
        Assert.Equal([("中", 3), ("文.", 4)], WhisperWords.Group(tokenizer, "zh", [5, 6, 7, 8, 9, 10, 3]));
        Assert.Equal([("a", 2)], WhisperWords.Group(tokenizer, "en", [11, 0]));
        Assert.Empty(WhisperWords.Group(tokenizer, "en", []));
    }

    private static string Joined(IEnumerable<string> texts) => string.Concat(texts).Replace(" ", "", StringComparison.Ordinal);
}

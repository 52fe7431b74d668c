using Qwen2Audio.Audio;
using Qwen2Audio.Formats;
using Qwen2Audio.Tasks.Recognition;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Tests;

public sealed class SpeechModelTests
{
    [Fact]
    public void Load_tells_what_the_model_is()
    {
        using var tiny = new TinyModel();
        using var model = SpeechModel.Load(tiny.Folder, new ModelLoadOptions { Threads = 2 });
        Assert.Equal(("qwen2_audio_ctc", 16_000, 25.0, 6, 0.7, 2), (
            model.Kind, model.Info.SampleRate, model.Info.RowsPerSecond, model.Info.CtcBeam, model.Info.CtcWeight, model.Info.Threads));
        Assert.Equal(["digit", "keyword", "sound", "speech"], model.Info.LabelSets.Keys.Order());
        Assert.Equal(4 * model.Info.Parameters, model.Info.WeightBytes);
    }

    [Fact]
    public void Results_do_not_depend_on_the_number_of_threads()
    {
        using var tiny = new TinyModel();
        var results = new List<(string Text, double[] Numbers)>();
        foreach (var threads in new[] { 1, 2, 3 })
        {
            using var model = SpeechModel.Load(tiny.Folder, new ModelLoadOptions { Threads = threads });
            foreach (var decoding in Enum.GetValues<Decoding>())
            {
                var options = new TranscriberOptions { Decoding = decoding, SpeechGate = false };
                var transcription = new Transcriber(model, options).Transcribe(Sounds.Noise(2));
                var labels = new Classifier(model).Classify(Sounds.Noise(1)).Labels;
                results.Add((transcription.Text + string.Join(',', labels.Select(label => label.Label)), [
                    transcription.SpeechProbability!.Value, .. transcription.Words.Select(word => word.Confidence), .. labels.Select(label => label.Probability)]));
            }
        }

        var ways = Enum.GetValues<Decoding>().Length;
        for (var i = ways; i < results.Count; i++)
        {
            Assert.Equal(results[i % ways].Text, results[i].Text);
            Assert.Equal(results[i % ways].Numbers, results[i].Numbers);
        }
    }

    [Fact]
    public void Every_decoding_gives_words_in_order_within_the_clip()
    {
        using var tiny = new TinyModel();
        using var model = SpeechModel.Load(tiny.Folder);
        foreach (var decoding in Enum.GetValues<Decoding>())
        {
            var result = new Transcriber(model, new TranscriberOptions { Decoding = decoding, SpeechGate = false }).Transcribe(Sounds.Noise(3));
            Assert.NotEmpty(result.Words);
            Assert.Equal(result.Text, string.Join(' ', result.Words.Select(word => word.Text)));
            Assert.All(result.Words, word => Assert.True(word.Start >= 0 && word.Start <= word.End && word.End <= 3 && word.Confidence is > 0 and <= 1));
            Assert.All(result.Words.Zip(result.Words.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Start));
        }
    }

    [Fact]
    public void Scores_of_all_texts_of_the_decoder_sum_to_one()
    {
        // texts of no unit, and of one unit whatever follows: their probabilities are all that the first step can give
        using var tiny = new TinyModel();
        using var model = SpeechModel.Load(tiny.Folder);
        var speech = model.Speech;
        using var turn = model.Gate.Enter();
        var piece = speech.Encode(Sounds.Noise(1).Samples, 0)!;
        var empty = Math.Exp(speech.Score(piece, "digit", [[]])[0]);
        Assert.InRange(empty, 0, 1);
        var one = speech.Score(piece, "digit", [TinyText.Ids("one"), TinyText.Ids("one two"), []]);
        Assert.Equal(Math.Log(empty), one[2], 1e-9);
        Assert.Equal(speech.Score(piece, "digit", [TinyText.Ids("one two")])[0], one[1]);
        Assert.NotEqual(one[0], speech.Score(piece, "keyword", [TinyText.Ids("one")])[0]);
    }

    [Fact]
    public void The_decoders_own_text_has_the_log_probability_that_scoring_gives_it()
    {
        var compared = 0;
        for (var seed = 1; seed <= 3; seed++)
        {
            using var tiny = new TinyModel(seed);
            using var model = SpeechModel.Load(tiny.Folder);
            using var turn = model.Gate.Enter();
            var piece = model.Speech.Encode(Sounds.Noise(0.5).Samples, 0)!;
            foreach (var task in new[] { "transcribe", "digit", "sound" })
            {
                var greedy = model.Speech.Decode(piece, task, 1);
                var best = model.Speech.Decode(piece, task, 8);
                foreach (var decoded in new[] { greedy, best }.Where(decoded => decoded.Ended))
                {
                    Assert.Equal(model.Speech.Score(piece, task, [decoded.Ids])[0], decoded.LogProbability, 1e-5);
                    compared++;
                }

                if (greedy.Ended && best.Ended) Assert.True(best.LogProbability >= greedy.LogProbability - 1e-9);
            }
        }

        Assert.NotEqual(0, compared);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(399)]
    [InlineData(640)]
    [InlineData(641)]
    [InlineData(240_001)]
    public void Any_length_is_heard_or_told_to_be_too_short(int samples)
    {
        using var tiny = new TinyModel();
        using var model = SpeechModel.Load(tiny.Folder);
        var clip = Sounds.Clip(Sounds.Noise(20).Samples[..samples]);
        var result = new Transcriber(model).Transcribe(clip);
        var labels = new Classifier(model, new ClassifierOptions { Task = "digit" }).Classify(clip).Labels;
        if (samples == 0) Assert.Contains(result.Warnings, warning => warning.Code == "empty");
        else if (samples < 641) Assert.Contains(result.Warnings, warning => warning.Code == "too-short");
        else Assert.Equal(1, labels.Sum(label => label.Probability), 1e-9);
        Assert.Equal(samples > 240_000, result.Warnings.Any(warning => warning.Code == "split"));
    }

    [Fact]
    public void A_file_is_transcribed_as_its_samples_are()
    {
        using var tiny = new TinyModel();
        using var model = SpeechModel.Load(tiny.Folder);
        var path = Path.Combine(tiny.Folder, "clip.wav");
        Waves.Write(path, Sounds.Noise(1).Samples);
        var file = new Transcriber(model, new TranscriberOptions { SpeechGate = false }).Transcribe(path);
        var clip = new Transcriber(model, new TranscriberOptions { SpeechGate = false }).Transcribe(AudioFile.Read(path));
        Assert.Equal(clip.Text, file.Text);
        Assert.Equal(1.0, file.SecondsOfAudio);
        Assert.True(file.SecondsTaken > 0);
    }

    [Fact]
    public void Folders_that_do_not_fit_are_refused_with_the_reason()
    {
        void Refused<T>(string expected, Action<string> change)
            where T : Exception
        {
            using var tiny = new TinyModel(change: change);
            Assert.Contains(expected, Assert.Throws<T>(() => SpeechModel.Load(tiny.Folder)).Message, StringComparison.Ordinal);
        }

        void Replace(string folder, string file, string from, string to) =>
            File.WriteAllText(Path.Combine(folder, file), File.ReadAllText(Path.Combine(folder, file)).Replace(from, to, StringComparison.Ordinal));

        Refused<NotSupportedException>("allowed: qwen2_audio_ctc", folder => Replace(folder, "config.json", "qwen2_audio_ctc", "qwen2_audio"));
        Refused<ConfigException>("ctc_vocab_size", folder => Replace(folder, "config.json", "\"ctc_vocab_size\":", "\"ctc_vocab_size\":1"));
        Refused<ConfigException>("mel_std", folder => Replace(folder, "preprocessor_config.json", "1.5,1.5", "1.5,0"));
        foreach (var size in new[] { 399, 512, 1 })
            Refused<ConfigException>("n_fft", folder => Replace(folder, "preprocessor_config.json", "\"n_fft\":400", $"\"n_fft\":{size}"));
        Refused<ConfigException>("label_sets.digit: found \"two\" 2 times", folder => Replace(folder, "config.json", "\"three\"", "\"TWO\""));
        Refused<ConfigException>("label_sets.sound: found \"dog bark\" 2 times", folder => Replace(folder, "config.json", "\"rain\"", "\"dog_bark\""));
        Refused<ConfigException>("label_sets.keyword: found a label without text", folder => Replace(folder, "config.json", "\"cat\"", "\" \""));
        Refused<ConfigException>("label_sets.sound", folder => Replace(folder, "added_tokens.json", "<|sound|>", "<|noise|>"));
        Refused<ConfigException>("ctc_weight", folder => Replace(folder, "generation_config.json", "0.7", "1.7"));
        Refused<CheckpointException>("audio_tower.layers.2", folder => Replace(folder, "config.json", "\"encoder_layers\":2", "\"encoder_layers\":3"));
        Assert.Throws<CheckpointException>(() => SpeechModel.Load(Path.Combine(Fixtures.Repository, "no-such-folder-of-a-model")));
    }

    [Theory]
    [InlineData("max_position_embeddings", 1024, 1)]
    [InlineData("max_position_embeddings", 1024, 4)]
    [InlineData("max_position_embeddings", 1024, 66)]
    [InlineData("max_source_positions", 750, 1)]
    [InlineData("max_source_positions", 750, 24)]
    public void A_context_without_room_for_a_prompt_is_refused_with_its_field(string field, int right, int wrong)
    {
        using var tiny = new TinyModel(change: folder =>
        {
            var config = Path.Combine(folder, "config.json");
            File.WriteAllText(config, File.ReadAllText(config).Replace($"\"{field}\":{right}", $"\"{field}\":{wrong}", StringComparison.Ordinal));
        });
        var error = Assert.Throws<ConfigException>(() => SpeechModel.Load(tiny.Folder));
        Assert.Contains($"{field}: found {wrong}; allowed: at least", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(79, 750)]
    [InlineData(1024, 25)]
    public void The_smallest_context_hears_audio_of_any_length(int positions, int rows)
    {
        using var tiny = new TinyModel(change: folder =>
        {
            var config = Path.Combine(folder, "config.json");
            File.WriteAllText(config, File.ReadAllText(config).Replace("\"max_position_embeddings\":1024", $"\"max_position_embeddings\":{positions}", StringComparison.Ordinal)
                .Replace("\"max_source_positions\":750", $"\"max_source_positions\":{rows}", StringComparison.Ordinal));
        });
        using var model = SpeechModel.Load(tiny.Folder);
        foreach (var seconds in new[] { 0.3, 0.79, 0.81, 1.0, 3.3 })
        {
            Assert.NotEmpty(new Transcriber(model, new TranscriberOptions { SpeechGate = false }).Transcribe(Sounds.Noise(seconds)).Words);
            Assert.NotEmpty(new Classifier(model).Classify(Sounds.Noise(seconds)).Labels);
        }
    }

    [Fact]
    public void A_label_that_the_context_does_not_hold_is_refused_before_anything_is_heard()
    {
        using var tiny = new TinyModel();
        using var model = SpeechModel.Load(tiny.Folder);
        var error = Assert.Throws<LabelException>(() => new Classifier(model).Classify(Sounds.Noise(1), [new string('a', 3000), "one"]));
        Assert.Contains("3000 text units; at most 647 fit", error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(new Classifier(model).Classify(Sounds.Noise(16), [new string('a', 647), "one"]).Labels);
    }

    [Fact]
    public void A_disposed_model_is_refused()
    {
        using var tiny = new TinyModel();
        var model = SpeechModel.Load(tiny.Folder);
        var transcriber = new Transcriber(model);
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => transcriber.Transcribe(Sounds.Noise(1)));
        Assert.Throws<ObjectDisposedException>(() => new Classifier(model));
    }

    [Fact]
    public void Short_clips_get_floor_on_both_sides()
    {
        var features = new NormalisedLogMel(new FeatureSettings { MelMean = new float[80], MelStd = [.. Enumerable.Repeat(1f, 80)] });
        var values = features.Compute(Sounds.Bursts(0.5, _ => true), out var frames);
        Assert.Equal(70, frames);
        Assert.All(values[..800], value => Assert.Equal(-8, value));
        Assert.All(values[^800..], value => Assert.Equal(-8, value));
        Assert.Equal(0, values.Max());
        features.Compute(Sounds.Bursts(2, _ => true), out frames);
        Assert.Equal(200, frames);
    }
}

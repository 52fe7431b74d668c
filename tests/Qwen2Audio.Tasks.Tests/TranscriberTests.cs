using Qwen2Audio.Checkpoints.Punctuation;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Recognition;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Tests;

public sealed class TranscriberTests
{
    private static double Speech(string task, string text) => (task, text) switch
    {
        ("speech", "speech") => Math.Log(0.9),
        ("speech", _) => Math.Log(0.1),
        _ => -text.Length,
    };

    private static (int Class, double Probability)[] Say(int rows, params (int Row, string Text, double Probability)[] words)
    {
        var likely = new (int, double)[rows];
        foreach (var (row, text, probability) in words.Where(word => word.Row < rows)) likely[row] = (TinyText.Ids(text)[0], probability);
        return likely;
    }

    [Fact]
    public void Words_have_text_times_and_confidence_and_the_encoder_runs_once()
    {
        var model = new ScriptedModel { Judge = Speech, Rows = (_, rows) => Say(rows, (10, "one", 0.98), (30, "two", 0.9)) };
        var clip = Sounds.Clip(Sounds.Bursts(2, t => t is > 0.3 and < 0.6 or > 1.1 and < 1.4));
        var result = new Transcriber(model.ToModel()).Transcribe(clip);
        Assert.Equal("one two", result.Text);
        Assert.Equal(2, result.Words.Count);
        Assert.Equal((0.3, 0.6), (result.Words[0].Start, result.Words[0].End), Near);
        Assert.Equal((1.1, 1.4), (result.Words[1].Start, result.Words[1].End), Near);
        Assert.Equal(0.98, result.Words[0].Confidence, 1e-3);
        Assert.Equal(0.9, result.Words[1].Confidence, 1e-3);
        Assert.Equal((1, 2.0, 0.9), (model.Encoded, result.SecondsOfAudio, Math.Round(result.SpeechProbability!.Value, 6)));
        Assert.Empty(result.Warnings);
    }

    [Fact]
    public void Words_are_written_as_text_unless_they_are_wanted_as_they_are_heard()
    {
        var pauses = new sbyte[PunctuationModel.PauseKinds.Count * PunctuationModel.Marks];
        pauses[(4 * PunctuationModel.Marks) + 1] = 31; // a full stop after 0.4 to 0.6 s
        var model = new PunctuationModel(new WordForms(["Two"]), [20], new sbyte[3], new sbyte[1], pauses, 0.25f);
        var network = new ScriptedModel { Judge = Speech, Rows = (_, rows) => Say(rows, (10, "one", 0.98), (30, "two", 0.9), (36, "one", 0.9)) };
        var clip = Sounds.Clip(Sounds.Bursts(2, t => t is > 0.3 and < 0.6 or > 1.1 and < 1.9));
        var heard = new Transcriber(network.ToModel()).Transcribe(clip);
        var talks = new ScriptedModel { Judge = network.Judge, Rows = network.Rows, Settings = network.Settings with { Punctuator = new Punctuator(model, new HashSet<string>()) } };
        var plain = new Transcriber(talks.ToModel(), new TranscriberOptions { Plain = true }).Transcribe(clip);
        Assert.Equal(("one two one", heard.Text), (heard.Text, plain.Text));

        talks = new ScriptedModel { Judge = network.Judge, Rows = (_, rows) => Say(rows, (10, "on", 0.98), (30, "two", 0.9), (36, "on", 0.9)), Settings = talks.Settings };
        var written = new Transcriber(talks.ToModel()).Transcribe(clip);
        Assert.Equal("On. Two on.", written.Text);
        Assert.Equal(["On.", "Two", "on."], written.Words.Select(word => word.Text));
        Assert.Equal(heard.Words.Select(word => word with { Text = "" }), written.Words.Select(word => word with { Text = "" })); // times and confidences

        using var stream = new Transcriber(talks.ToModel()).Stream();
        var texts = stream.Add(clip.Samples).Concat(stream.Finish()).Select(text => (text.Text, text.Final is null)).ToList();
        Assert.Equal(("On", true), texts[0]);
        Assert.Equal("On. Two on.", string.Join(' ', texts.Where(text => !text.Item2 && text.Text.Length > 0).Select(text => text.Text)));
    }

    [Fact]
    public void Words_that_meet_without_a_pause_do_not_overlap()
    {
        var model = new ScriptedModel { Judge = Speech, Rows = (_, rows) => Say(rows, (0, "one", 0.9), (1, "two", 0.9), (2, "one", 0.9), (24, "two", 0.9)) };
        var words = new Transcriber(model.ToModel()).Transcribe(Sounds.Tone(1)).Words;
        Assert.Equal(4, words.Count);
        Assert.All(words, word => Assert.True(word.Start >= 0 && word.Start <= word.End && word.End <= 1));
        Assert.All(words.Zip(words.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Start));
    }

    [Fact]
    public void Sounds_without_speech_give_no_words_and_say_so()
    {
        var model = new ScriptedModel
        {
            Judge = (task, text) => task == "speech" ? (text == "speech" ? -3 : -0.1) : -1,
            Rows = (_, rows) => Say(rows, (10, "one", 0.9)),
        };
        var result = new Transcriber(model.ToModel()).Transcribe(Sounds.Tone(1));
        Assert.Equal("", result.Text);
        Assert.Equal("no-speech", Assert.Single(result.Warnings).Code);
        Assert.Equal("one", new Transcriber(model.ToModel(), new TranscriberOptions { SpeechGate = false }).Transcribe(Sounds.Tone(1)).Text);
    }

    [Fact]
    public void Speech_in_which_no_word_is_made_out_says_so()
    {
        var model = new ScriptedModel { Judge = Speech };
        foreach (var gate in new[] { true, false })
        {
            var result = new Transcriber(model.ToModel(), new TranscriberOptions { SpeechGate = gate }).Transcribe(Sounds.Tone(1));
            Assert.Equal("", result.Text);
            var warning = Assert.Single(result.Warnings);
            Assert.Equal("no-words", warning.Code);
            Assert.Contains("Speech was detected (probability 0.90), but no words were recognised", warning.Text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0, "empty")]
    [InlineData(1.5, "silence")]
    [InlineData(0.01, "too-short")]
    public void Nothing_to_hear_gives_an_empty_transcript(double seconds, string code)
    {
        var clip = code == "too-short" ? Sounds.Tone(seconds) : Sounds.Silence(seconds);
        var result = new Transcriber(new ScriptedModel { Judge = Speech }.ToModel()).Transcribe(clip);
        Assert.Equal(("", 0), (result.Text, result.Words.Count));
        Assert.Equal(code, Assert.Single(result.Warnings).Code);
    }

    [Fact]
    public void A_long_recording_is_encoded_piece_by_piece()
    {
        var model = new ScriptedModel { Judge = Speech, Rows = (_, rows) => Say(rows, (10, "one", 0.98)) };
        var encoded = ClipEncoder.Prepare(model, Sounds.Tone(65), 15, 0);
        Assert.Equal(0, model.Encoded);
        var seen = 0;
        foreach (var piece in encoded.Pieces) Assert.Equal(++seen, model.Encoded);
        Assert.InRange(seen, 5, 12);
        var result = new Transcriber(model.ToModel()).Transcribe(Sounds.Tone(65));
        Assert.Equal(2 * seen, model.Encoded);
        Assert.Equal(seen, result.Words.Count);
    }

    [Fact]
    public void A_piece_that_is_too_short_to_be_heard_is_told()
    {
        // the pause lies close to the end: what follows is less than two rows
        var clip = Sounds.Clip(Sounds.Bursts(1.5, t => t is < 1.4 or > 1.44));
        var result = new Transcriber(new ScriptedModel { Judge = Speech }.ToModel(), new TranscriberOptions { MaxPieceSeconds = 1.45 }).Transcribe(clip);
        Assert.Contains(result.Warnings, warning => warning.Code == "part-too-short" && warning.Text.Contains("0.06", StringComparison.Ordinal));
    }

    [Fact]
    public void Combined_choice_weighs_both_scores_and_each_can_decide_alone()
    {
        // By CTC "one" is likelier than nothing; the decoder prefers "two", and "one" to nothing.
        var model = new ScriptedModel
        {
            Rows = (_, rows) => Say(rows, (10, "one", 0.6)),
            Judge = (task, text) => task == "speech" ? Speech(task, text) : text switch { "one" => -8, "" => -0.1, _ => -20 },
            Decoded = "two",
        };
        string Text(Decoding decoding, double weight) =>
            new Transcriber(model.ToModel(), new TranscriberOptions { Decoding = decoding, CtcWeight = weight }).Transcribe(Sounds.Tone(1)).Text;
        Assert.Equal("one", Text(Decoding.Combined, 1));
        Assert.Equal("", Text(Decoding.Combined, 0));
        Assert.Equal("one", Text(Decoding.CtcOnly, 0));
        Assert.Equal("one", Text(Decoding.CtcGreedy, 0));
        Assert.Equal("two", Text(Decoding.DecoderOnly, 1));
    }

    [Fact]
    public void A_text_that_does_not_fit_the_rows_is_told()
    {
        var model = new ScriptedModel { Judge = Speech, Decoded = "one one one one one one" };
        var result = new Transcriber(model.ToModel(), new TranscriberOptions { Decoding = Decoding.DecoderOnly }).Transcribe(Sounds.Tone(0.2));
        Assert.Equal(6, result.Words.Count);
        Assert.Equal("times-unknown", Assert.Single(result.Warnings).Code);
        Assert.All(result.Words, word => Assert.InRange(word.End, word.Start, 0.2001));
    }

    [Fact]
    public void Long_audio_is_split_at_pauses_and_times_stay_absolute()
    {
        // pauses around 9, 19 and 29 seconds
        var samples = Sounds.Bursts(40, t => t % 10 is < 8.5 or > 9.5);
        var starts = new List<double>();
        var model = new ScriptedModel
        {
            Judge = Speech,
            Rows = (start, rows) =>
            {
                starts.Add(start);
                return Say(rows, (25, "one", 0.95));
            },
        };
        var result = new Transcriber(model.ToModel()).Transcribe(Sounds.Clip(samples));
        Assert.Equal("split", Assert.Single(result.Warnings).Code);
        Assert.All(starts.Skip(1), start => Assert.InRange(start % 10, 8.5, 9.5));
        Assert.Equal(starts.Count, result.Words.Count);
        Assert.All(result.Words.Zip(starts), pair => Assert.InRange(pair.First.Start, pair.Second, pair.Second + 1.05));
        Assert.All(result.Words.Zip(result.Words.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Start));
    }

    [Fact]
    public void A_cut_within_sound_is_told()
    {
        var model = new ScriptedModel { Judge = Speech };
        var samples = Sounds.Bursts(40, t => t > 38);
        for (var i = 0; i < samples.Length; i++) samples[i] = 0.3f * MathF.Sin(i * 0.01f);
        var codes = new Transcriber(model.ToModel()).Transcribe(Sounds.Clip(samples)).Warnings.Select(warning => warning.Code);
        Assert.Contains("split", codes);
    }

    [Fact]
    public void Resampling_and_down_mixing_are_told()
    {
        var model = new ScriptedModel { Judge = Speech };
        var result = new Transcriber(model.ToModel()).Transcribe(Sounds.Clip(Sounds.Bursts(2, _ => true, 44_100), 44_100, channels: 2));
        Assert.Equal(["down-mixed", "resampled", "no-words"], result.Warnings.Select(warning => warning.Code));
        Assert.Equal(1, result.SecondsOfAudio, 1e-3);
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(null, 1.5)]
    public void Options_out_of_range_are_refused(int? width, double? weight) =>
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            new Transcriber(new ScriptedModel().ToModel(), new TranscriberOptions { BeamWidth = width, CtcWeight = weight }));

    [Theory]
    [InlineData(100_000, 30_000)]
    [InlineData(1_000_000, 240_000)]
    public void Pieces_are_never_longer_than_allowed_and_leave_nothing_out(int samples, int longest)
    {
        var random = new Random(1);
        var noise = new float[samples];
        for (var i = 0; i < samples; i++) noise[i] = random.NextSingle() - 0.5f;
        var starts = PauseSplitter.Starts(new SoundLevels(noise, 16_000), samples, 16_000, longest, []);
        Assert.Equal((0, samples), (starts[0], starts[^1]));
        Assert.All(starts.Zip(starts.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 1, longest));
    }

    private static bool Near((double, double) a, (double, double) b) => Math.Abs(a.Item1 - b.Item1) < 0.03 && Math.Abs(a.Item2 - b.Item2) < 0.03;
}

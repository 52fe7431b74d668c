using Qwen2Audio.Tasks.Ctc;
using Qwen2Audio.Tasks.Domain;
using Qwen2Audio.Tasks.Recognition;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>Words that are not in the audio are suspected, and nothing else about the result changes.</summary>
public sealed class HallucinationTestTests
{
    // evidence of 1 for each −ln P of a unit above 5
    private static readonly HallucinationTest Test = new(1, -5, 0, 0, 0, 4.6);

    [Fact]
    public void The_fit_tells_heard_words_from_made_up_ones_by_runs()
    {
        var test = HallucinationTest.Fit(Drawn(400, 0.5, seed: 1), Drawn(400, 8, seed: 2))!;
        Assert.Empty(test.Find(Evidence(Drawn(60, 0.5, seed: 3))));
        Assert.Equal([(0, 20)], test.Find(Evidence(Drawn(20, 8, seed: 4))));
        var (from, to) = Assert.Single(test.Find(Evidence([.. Drawn(20, 0.5, seed: 5), .. Drawn(10, 8, seed: 6), .. Drawn(20, 0.5, seed: 7)])));
        Assert.InRange(from, 19, 21);
        Assert.InRange(to, 29, 31);
        Assert.True(test.Score(Evidence(Drawn(20, 8, seed: 4))) > test.Score(Evidence(Drawn(20, 0.5, seed: 3))));
        Assert.Null(HallucinationTest.Fit([], Drawn(1, 8, seed: 1)));
        Assert.Null(HallucinationTest.Fit(Drawn(1, 8, seed: 1), []));
    }

    [Theory]
    [InlineData(new double[] { }, 1, "")]
    [InlineData(new double[] { -1, 2, 3, -1, -2 }, 4, "1-3:5")]
    [InlineData(new double[] { -1, 2, 3, -1, -2 }, 5, "")]
    [InlineData(new double[] { 3, -1, 3 }, 4, "0-3:5")]
    [InlineData(new double[] { 9, -3, -3, 9 }, 4, "0-1:9 3-4:9")] // falls by more than 4
    [InlineData(new double[] { 9, double.NegativeInfinity, 9 }, 4, "0-1:9 2-3:9")]
    public void Runs_are_where_evidence_accumulates(double[] scores, double threshold, string expected) =>
        Assert.Equal(expected, string.Join(' ', ScoreRuns.Find(scores, threshold, drop: 4).Select(run => $"{run.Start}-{run.End}:{run.Sum}")));

    [Fact]
    public void A_decoders_words_that_no_row_supports_are_suspected_with_their_time_and_stay_in_the_text()
    {
        var model = Scripted(new ModelDomain { Hallucinations = Test });
        var options = new TranscriberOptions { Decoding = Decoding.DecoderOnly };
        var plain = new Transcriber(Scripted(null).ToModel(), options).Transcribe(Sounds.Tone(2));
        var found = new Transcriber(model.ToModel(), options).Transcribe(Sounds.Tone(2));
        Assert.Equal("one two two", found.Text);
        Assert.Equal(plain.Words, found.Words.Select(word => word with { MayBeMadeUp = false }));
        Assert.Equal([false, true, true], found.Words.Select(word => word.MayBeMadeUp));
        var suspected = Assert.Single(found.Suspected);
        Assert.Equal(("two two", found.Words[1].Start, found.Words[2].End), (suspected.Text, suspected.Start, suspected.End));
        Assert.Equal("not heard in the audio: \"two two\"", Assert.Single(suspected.Signs));
        Assert.Equal($"The text at {suspected.Start:F1}–{suspected.End:F1} s may be hallucinated (not heard in the audio: \"two two\").",
            Assert.Single(found.Warnings, warning => warning.Code == "hallucination-suspected").Text);
        Assert.Empty(plain.Suspected);
        Assert.DoesNotContain(plain.Warnings, warning => warning.Code == "hallucination-suspected");
        Assert.Empty(new Transcriber(model.ToModel()).Transcribe(Sounds.Tone(2)).Suspected); // the search says "one"
    }

    [Fact]
    public void A_text_for_which_there_are_too_few_rows_is_suspected() =>
        Assert.Single(new Transcriber(Scripted(new ModelDomain { Hallucinations = Test }).ToModel(), new TranscriberOptions { Decoding = Decoding.DecoderOnly }).Transcribe(Sounds.Tone(0.2)).Suspected);

    [Fact]
    public void Words_despite_a_closed_speech_gate_are_suspected_unless_they_are_clearly_recognised()
    {
        foreach (var (domain, isClear) in new[] { ((ModelDomain?)null, false), (new ModelDomain { Words = new WordCalibration(0, -4, 0, 2), MinTextScore = 0.5 }, true) })
        {
            var found = new Transcriber(Scripted(domain, speech: -9).ToModel(), new TranscriberOptions { SpeechGate = false }).Transcribe(Sounds.Tone(2));
            Assert.Equal("one", found.Text);
            if (isClear) Assert.Empty(found.Suspected);
            else Assert.Contains("no speech: its probability is 0.00: \"one\"", Assert.Single(Assert.Single(found.Suspected).Signs), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("date.wav")]
    [InlineData("seven.wav")]
    public void The_shipped_model_hears_what_is_said_and_not_the_text_of_other_clips(string sample)
    {
        using var model = SpeechModel.LoadDefault(new ModelLoadOptions { Threads = 1 });
        var path = Path.Combine(Fixtures.Repository, "samples", sample);
        var clip = model.Encode(Audio.AudioFile.Read(path));
        var said = new Transcriber(model, new TranscriberOptions { Plain = true }).Transcribe(clip);
        Assert.Empty(said.Suspected);
        foreach (var (text, isHeard) in new[] { (said.Text, true), ("rubout h t nine", false), ($"{said.Text} {said.Text} {said.Text}", false) })
        {
            using var turn = model.Gate.Enter();
            var words = PieceTexts.Judged(model.Speech, Assert.Single(clip.Pieces), new ChosenText(model.Speech.Tokenizer.Encode(text), null, null), out _);
            Assert.Equal((text, isHeard), (text, model.Speech.Settings.Domain!.Hallucinations!.Find([.. words.Select(word => word.Evidence)]).Count == 0));
        }
    }

    private static ScriptedModel Scripted(ModelDomain? domain, double speech = -0.1) => new()
    {
        Judge = (task, text) => (task, text) is ("speech", "speech") ? speech : -1,
        Settings = new ScriptedModel().Settings with { Domain = domain },
        Decoded = "one two two",
        Rows = (_, rows) =>
        {
            var likely = new (int, double)[rows];
            foreach (var (id, i) in TinyText.Ids("one").Select((id, i) => (id, i)))
                if (5 + 2 * i < rows) likely[5 + 2 * i] = (id, 0.99);
            return likely;
        },
    };

    private static WordSupport[] Drawn(int count, double loss, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(1, 6) is var units ? new WordSupport(units * loss * (0.5 + random.NextDouble()), units) : default)];
    }

    private static WordEvidence[] Evidence(IEnumerable<WordSupport> words) => [.. words.Select(word => new WordEvidence(null, null, null) { Support = word })];
}

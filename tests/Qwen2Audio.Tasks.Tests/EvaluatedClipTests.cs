using Qwen2Audio.Evaluation;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Tasks.Manifests;
using Qwen2Audio.Tasks.Prompts;
using Qwen2Audio.Tasks.Tests.Whisper;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>What an evaluation reports for each clip, for models of any kind.</summary>
public sealed class EvaluatedClipTests : TestInFolder
{
    private string Answers => Path.Combine(Folder, "answers.jsonl");

    [Fact]
    public void Each_clip_has_its_reference_and_what_was_answered()
    {
        var manifest = Write("speech\tasr\tOne, two.", "digits\tasr\tone", "sounds\tclassification\tdog_bark", "odd\tclassification\tpiano");
        using var model = ScriptedModel.OfSpeechAndSounds().ToModel();
        var result = ValidationRun.Run(model, new ValidationOptions { Manifest = manifest, Answers = Answers });
        var clips = File.ReadAllLines(Answers).Select(EvaluatedClip.Parse).ToList();
        Assert.Equal(4, clips.Count);
        var speech = clips[0];
        Assert.Equal(("One, two.", "one", 1, 2), (speech.Reference, speech.Hypothesis, speech.WordErrors, speech.Words));
        Assert.Equal(["combined", "ctc greedy", "ctc beam", "decoder"], speech.Texts!.Keys);
        Assert.Equal(("digit", "one", 0), (clips[1].LabelSet, clips[1].Label, clips[1].WordErrors));
        Assert.Equal(("sound", "rain", null), (clips[2].LabelSet, clips[2].Label, clips[2].WordErrors));
        Assert.Contains("piano", clips[3].Error, StringComparison.Ordinal);
        Assert.Equal((3, 1), (result.Rows, result.Skipped.Count));
        Assert.All(clips, clip => Assert.EndsWith(".wav", clip.Path, StringComparison.Ordinal));
        using var line = JsonDocument.Parse(File.ReadAllLines(Answers)[0]);
        Assert.Equal("one", line.RootElement.GetProperty("hypothesis").GetString());
    }

    [Fact]
    public void A_run_that_was_interrupted_goes_on_with_the_clips_that_have_no_answer()
    {
        var manifest = Write("speech\tasr\tone two", "speech\tasr\ttwo", "speech\tasr\tone", "digits\tasr\tone", "digits\tasr\ttwo");
        using var model = ScriptedModel.OfSpeechAndSounds().ToModel();
        var whole = ValidationRun.Run(model, new ValidationOptions { Manifest = manifest });

        using var stop = new CancellationTokenSource();
        var options = new ValidationOptions { Manifest = manifest, Answers = Answers, Progress = new Stopper(stop, after: 2) };
        Assert.ThrowsAny<OperationCanceledException>(() => ValidationRun.Run(model, options, stop.Token));
        Assert.Equal(2, File.ReadAllLines(Answers).Length);
        File.AppendAllText(Answers, "{\"path\": \"half of a li"); // as a kill leaves it

        Assert.Contains("--resume", Assert.Throws<ManifestException>(() => ValidationRun.Run(model, options with { Progress = null })).Message, StringComparison.Ordinal);
        var fresh = ScriptedModel.OfSpeechAndSounds();
        using var again = fresh.ToModel();
        var resumed = ValidationRun.Run(again, options with { Progress = null, Resume = true });
        Assert.Equal(3, fresh.Encoded);
        Assert.Equal(whole.Measures, resumed.Measures);
        Assert.Equal(5, File.ReadAllLines(Answers).Select(EvaluatedClip.Parse).Count());
    }

    [Fact]
    public void Answers_of_another_model_or_way_to_ask_are_not_mixed()
    {
        var manifest = Write("speech\tasr\tone");
        using var model = ScriptedModel.OfSpeechAndSounds().ToModel();
        var options = new ValidationOptions { Manifest = manifest, Answers = Answers };
        ValidationRun.Run(model, options);
        var error = Assert.Throws<ManifestException>(() => ValidationRun.Run(model, options with { Resume = true, BeamWidth = 3 }));
        Assert.Contains("3 candidates", error.Message, StringComparison.Ordinal);
        File.WriteAllText(Answers, "no JSON\n{}\n");
        Assert.Contains("line 1", Assert.Throws<ManifestException>(() => ValidationRun.Run(model, options with { Resume = true })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_one_clip_makes_a_model_do_the_others_are_measured()
    {
        var manifest = Write("speech\tasr\tone", "speech\tasr\tone", "speech\tasr\tone");
        var asked = 0;
        using var model = new ScriptedModel
        {
            Rows = (_, rows) => ++asked == 2 ? throw new InvalidOperationException("an accident") : new (int, double)[rows],
        }.ToModel();
        var result = ValidationRun.Run(model, new ValidationOptions { Manifest = manifest });
        Assert.Equal(2, result.Rows);
        Assert.Contains("an accident", Assert.Single(result.Skipped), StringComparison.Ordinal);
    }

    [Fact]
    public void A_clip_of_another_length_than_its_row_says_is_left_out_and_named_once()
    {
        Write("speech\tasr\tone", "speech\tasr\tone", "speech\tasr\tone", "speech\tasr\tone");
        var manifest = Path.Combine(Folder, "lengths.jsonl");
        File.WriteAllText(manifest, """
            {"audio_filepath": "0.wav", "text": "one", "duration": 1.02}
            {"audio_filepath": "1.wav", "text": "one", "duration": 1.03}
            {"audio_filepath": "2.wav", "text": "one", "offset": 0.5, "duration": 0.52, "mood": "good", "label": "one"}
            {"audio_filepath": "3.wav", "text": "one", "offset": 0.5, "duration": 0.53}
            {"audio_filepath": "missing.wav", "text": "one", "split": "eval"}
            """);
        using var model = ScriptedModel.OfSpeechAndSounds().ToModel();
        var result = ValidationRun.Run(model, new ValidationOptions { Manifest = manifest });
        Assert.Equal((2, 2), (result.Rows, result.Skipped.Count));
        Assert.Equal($"{Path.Combine(Folder, "1.wav")}: 1 s long; the manifest says 1.03 s; allowed: a difference of 0.025 s.", result.Skipped[0]);
        Assert.Equal($"{Path.Combine(Folder, "3.wav")}: The part from 0.5 s to 1.03 s is not within the clip, which is 1 s long.", result.Skipped[1]);
        Assert.Equal($"{manifest}: these fields are not used: label, mood", result.Warnings[0]);
        Assert.Contains("1 of 5 rows are of \"eval\"", Assert.Single(result.Warnings.Skip(1)), StringComparison.Ordinal);
        Assert.Contains("\"warnings\":[", ValidationReport.ToJson(result), StringComparison.Ordinal);
    }

    [Fact]
    public void Published_models_are_measured_as_they_transcribe_and_classify()
    {
        var manifest = Write("speech\tasr\tone", "sounds\tclassification\tdog_bark", "sounds\tclassification\train");
        using var whisper = new TinyWhisper();
        using var chat = new TinyChat();
        foreach (var folder in new[] { whisper.Folder, chat.Folder })
        {
            var options = new ValidationOptions { Manifest = manifest, Answers = Path.Combine(Folder, Path.GetRandomFileName()) };
            using var model = LoadedTranscriber.Load(folder, new TaskOptions { Prompt = new PromptOptions { MaxNewTokens = 4 } });
            var result = ValidationRun.Run(model, options, TestContext.Current.CancellationToken);
            Assert.Equal((3, 0), (result.Rows, result.Skipped.Count));
            Assert.NotNull(result.Find("word error rate", "speech", "model"));
            Assert.Equal(2, result.Find("accuracy", "sounds", "as configured")!.Total);
            Assert.Null(result.Find("accuracy", "speech or other sound", "decoder"));
            var clips = File.ReadAllLines(options.Answers).Select(EvaluatedClip.Parse).ToList();
            var wave = Path.Combine(Folder, "0.wav");
            Assert.Equal(model.Transcribe(wave, cancellation: TestContext.Current.CancellationToken).Text, clips[0].Hypothesis);
            Assert.Contains(clips[1].Label, new[] { "dog bark", "rain" });
        }
    }

    private string Write(params string[] rows) => ClipManifest.Write(Folder, [.. rows.Select((row, i) => $"{row}\ts{i}\tval")]);

    private sealed class Stopper(CancellationTokenSource stop, int after) : IProgress<ManifestProgress>
    {
        public void Report(ManifestProgress value)
        {
            if (value.Done == after) stop.Cancel();
        }
    }
}

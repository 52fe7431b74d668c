using Qwen2Audio.Evaluation;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Tasks.Manifests;

namespace Qwen2Audio.Tasks.Tests;

public sealed class ValidationRunTests
{
    [Fact]
    public void Figures_carry_their_counts_and_each_way_of_decoding_is_measured_alone()
    {
        using var data = new TinyData(
            "digits\tasr\tone\ts1\tval", "digits\tasr\ttwo\ts1\tval", "words\tclassification+asr\tBed\ts1\tval",
            "speech\tasr\tOne, two.\ts2\tval", "speech\tasr\tone\ts2\tval", "speech\tasr\tnever\ts2\ttrain",
            "sounds\tclassification\train\t-\tval", "sounds\tclassification\tdog_bark\t-\tval", "odd\tclassification\tpiano\t-\tval");
        var seen = new List<ManifestProgress>();
        using var model = ScriptedModel.OfSpeechAndSounds().ToModel();
        var result = ValidationRun.Run(model, new ValidationOptions { Manifest = data.Manifest, Progress = new Listener(seen) });

        Assert.Equal((7, 8), (result.Rows, seen.Count));
        Assert.Equal((8, 8), (seen[^1].Done, seen[^1].Total));
        Assert.Contains("piano", Assert.Single(result.Skipped), StringComparison.Ordinal);
        Expect(result, "accuracy", "digit", "decoder", 1, 2);
        Expect(result, "accuracy", "digit", "ctc", 1, 2);
        Expect(result, "accuracy", "keyword", "as configured", 1, 1);
        Expect(result, "accuracy", "sound", "as configured", 1, 2);
        Expect(result, "accuracy", "speech or other sound", "decoder", 5, 7);
        Expect(result, "word error rate", "speech", "combined", 1, 3);
        Expect(result, "word error rate", "speech", "ctc greedy", 1, 3);
        Expect(result, "word error rate", "speech", "ctc beam", 1, 3);
        Expect(result, "word error rate", "speech", "decoder", 2, 3);
        Expect(result, "sounds that yield words", "sound", "combined", 2, 2);
        Assert.Equal(("two", "one", 1), Assert.Single(result.Mistakes["digit"]));
        Assert.Equal("lower-words", result.Normaliser);
        Assert.Equal(7, result.SecondsOfAudio, 1e-6);
    }

    [Fact]
    public void A_model_that_transcribes_streams_is_measured_on_them_too()
    {
        using var data = new TinyData("speech\tasr\tone two\ts2\tval", "speech\tasr\tone\ts2\tval");
        using var tiny = new TinyModel(chunks: new EncoderChunks(4, 2));
        using var model = SpeechModel.Load(tiny.Folder);
        var result = ValidationRun.Run(model, new ValidationOptions { Manifest = data.Manifest });
        Assert.Equal(3, Assert.Single(result.Measures, measure => measure.By == "streamed").Total);
        using var whole = new TinyModel();
        using var other = SpeechModel.Load(whole.Folder);
        Assert.DoesNotContain(ValidationRun.Run(other, new ValidationOptions { Manifest = data.Manifest }).Measures, measure => measure.By == "streamed");
    }

    [Fact]
    public void The_report_has_every_figure_as_text_and_as_json()
    {
        using var data = new TinyData("digits\tasr\tone\ts1\tval", "speech\tasr\tone one\ts2\tval");
        using var model = ScriptedModel.OfSpeechAndSounds().ToModel();
        var result = ValidationRun.Run(model, new ValidationOptions { Manifest = data.Manifest });
        var text = ValidationReport.ToText(result);
        using var json = JsonDocument.Parse(ValidationReport.ToJson(result));
        Assert.Equal(result.Measures.Count, json.RootElement.GetProperty("measures").GetArrayLength());
        Assert.True(json.RootElement.GetProperty("real_time_factor").GetDouble() >= 0);
        foreach (var measure in result.Measures) Assert.Contains($"{measure.Count}/{measure.Total}", text, StringComparison.Ordinal);
        Assert.Contains("50.0 %", text, StringComparison.Ordinal);
        Assert.Equal(2, result.Measures.Count(measure => measure is { Name: "calibration error", On: "digit" or "all words", By: "combined", Total: > 0 }));
        Assert.DoesNotContain('\n', ValidationReport.ToJson(result));
    }

    [Fact]
    public void Datasets_limits_and_splits_choose_the_rows()
    {
        using var data = new TinyData(
            "digits\tasr\tone\ts1\tval", "digits\tasr\ttwo\ts1\tval", "digits\tasr\ttwo\ts1\tval", "speech\tasr\tgo\ts2\tval", "speech\tasr\tgo\ts2\ttest");
        using var model = ScriptedModel.OfSpeechAndSounds().ToModel();
        ValidationResult Run(ValidationOptions options) => ValidationRun.Run(model, options with { Manifest = data.Manifest });
        var options = new ValidationOptions { Manifest = "" };
        Assert.Equal(4, Run(options).Rows);
        Assert.Equal(2, Run(options with { Limit = 1 }).Rows);
        Assert.Equal(3, Run(options with { Datasets = ["digits"] }).Rows);
        Assert.Equal(1, Run(options with { Split = "test" }).Rows);
        Assert.Contains("the splits are: test, val", Assert.Throws<ManifestException>(() => Run(options with { Split = "dev" })).Message, StringComparison.Ordinal);
        Assert.Contains("digits, speech", Assert.Throws<ManifestException>(() => Run(options with { Datasets = ["an4"] })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_clip_that_cannot_be_read_is_left_out_and_named()
    {
        using var data = new TinyData("digits\tasr\tone\ts1\tval", "digits\tasr\ttwo\ts1\tval");
        File.WriteAllText(Path.Combine(data.Folder, "1.wav"), "no audio");
        File.Delete(Path.Combine(data.Folder, "0.wav"));
        using var model = ScriptedModel.OfSpeechAndSounds().ToModel();
        var result = ValidationRun.Run(model, new ValidationOptions { Manifest = data.Manifest });
        Assert.Equal((0, 2), (result.Rows, result.Skipped.Count));
        Assert.Equal(1, result.SkippedShare);
        Assert.All(result.Measures, measure => Assert.Null(measure.Value));
        Assert.All(["0.wav", "1.wav"], name => Assert.Contains(name, ValidationReport.ToText(result), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("path\tdataset\ttask\ttext\tsplit\na.wav\td\tasr\tx\tval\n", "line 1, column text_or_label: the column is missing")]
    [InlineData(ClipManifest.Header + "a.wav\td\tasr\n", "line 2: found 3 cells")]
    public void A_damaged_manifest_is_refused_with_its_place(string text, string expected)
    {
        using var data = new TinyData();
        File.WriteAllText(data.Manifest, text);
        using var model = ScriptedModel.OfSpeechAndSounds().ToModel();
        var refused = Assert.Throws<ManifestException>(() => ValidationRun.Run(model, new ValidationOptions { Manifest = data.Manifest }));
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_run_stops_between_rows()
    {
        using var data = new TinyData("digits\tasr\tone\ts1\tval");
        using var model = ScriptedModel.OfSpeechAndSounds().ToModel();
        Assert.Throws<OperationCanceledException>(() =>
            ValidationRun.Run(model, new ValidationOptions { Manifest = data.Manifest }, new CancellationToken(canceled: true)));
    }

    private static void Expect(ValidationResult result, string name, string on, string by, int count, int total)
    {
        var measure = result.Find(name, on, by);
        Assert.Equal((name, on, by, count, total), (name, on, by, measure?.Count ?? -1, measure?.Total ?? -1));
        Assert.Equal((double)count / total, measure!.Value!.Value, 1e-12);
    }

    private sealed class Listener(List<ManifestProgress> seen) : IProgress<ManifestProgress>
    {
        public void Report(ManifestProgress value) => seen.Add(value);
    }

    /// <summary>A manifest with one second of audio per row.</summary>
    [Fact]
    public void A_manifest_of_JSON_lines_is_measured_with_its_parts_of_files()
    {
        using var data = new TinyData("digits\tasr\tone\ts1\tval");
        var manifest = Path.Combine(data.Folder, "digits.jsonl");
        File.WriteAllText(manifest, """
            {"audio_filepath": "0.wav", "duration": 0.5, "offset": 0.25, "text": "one"}
            {"audio_filepath": "0.wav", "duration": 0.5, "offset": 0.75, "text": "one"}
            {"audio_filepath": "0.wav", "duration": 1, "text": "never", "split": "train"}
            """);
        using var model = ScriptedModel.OfSpeechAndSounds().ToModel();
        var result = ValidationRun.Run(model, new ValidationOptions { Manifest = manifest });
        Assert.Equal(1, result.Rows);
        Assert.Equal(0.5, result.SecondsOfAudio, 1e-6);
        Assert.Contains("the clip, which is 1 s long", Assert.Single(result.Skipped), StringComparison.Ordinal);
    }

    private sealed class TinyData : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public TinyData(params string[] rows) => Manifest = ClipManifest.Write(_folder, rows);

        public string Folder => _folder;

        public string Manifest { get; }

        public void Dispose() => _folder.Dispose();
    }
}

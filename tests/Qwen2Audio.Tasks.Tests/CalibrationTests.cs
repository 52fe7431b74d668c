using System.Text.Json.Nodes;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Tasks.Calibration;
using Qwen2Audio.Tasks.Domain;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>Calibration writes thresholds into a model's folder; the model reads them and rejects files that do not belong to it.</summary>
public sealed class CalibrationTests : IDisposable
{
    private readonly TinyModel _tiny = new();
    private readonly TemporaryFolder _data = new();

    public CalibrationTests()
    {
        var rows = new List<string> { "path\tdataset\ttext_or_label\tspeaker\tsplit" };
        foreach (var (dataset, text, kind) in new[] { ("rains", "rain", "white noise"), ("digits", "one", "melody"), ("talk", "never mind", "sweep") })
        {
            for (var i = 0; i < 12; i++)
            {
                Waves.Write(Path.Combine(_data, $"{dataset}{i}.wav"), SyntheticSounds.Make(kind, 500 + i).Samples[..9600]);
                rows.Add($"{dataset}{i}.wav\t{dataset}\t{text}\t{(dataset == "rains" ? "unknown" : $"s{i % 4}")}\t{(i < 6 ? "train" : "val")}");
            }
        }

        File.WriteAllLines(Manifest, rows);
    }

    private string Manifest => Path.Combine(_data, "MANIFEST.tsv");

    public void Dispose()
    {
        _tiny.Dispose();
        _data.Dispose();
    }

    [Fact]
    public void Clips_without_words_and_labels_calibrate_nothing_and_write_nothing()
    {
        File.WriteAllLines(Manifest, ["path\tdataset\ttext_or_label\tsplit", "a.wav\twords\tnever mind\ttrain", "b.wav\twords\tnever mind\tval", "c.wav\ttalk\tnever mind\tval"]);
        foreach (var name in new[] { "a.wav", "b.wav", "c.wav" }) Waves.Write(Path.Combine(_data, name), new float[9600]);
        Assert.Contains("Nothing was calibrated", Assert.Throws<ManifestException>(() => Calibrate()).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_tiny.Folder, "domain.json")));
    }

    [Fact]
    public void A_model_makes_no_claim_before_and_one_after()
    {
        Assert.Null(Classify().InDomain);
        var result = Calibrate();
        Assert.Equal(["digit", "sound", "sound, made sounds", "transcribe"], result.Thresholds.Keys.Order(StringComparer.Ordinal));
        Assert.Empty(result.Skipped);
        Assert.True(result.Words.Words > 0);
        var own = Assert.Single(result.Rates, rate => rate is { Of: "sound", On: "rains" });
        Assert.Equal((true, 6), (own.InDomain, own.Total));
        Assert.Equal((false, 6), Assert.Single(result.Rates.Where(rate => rate is { Of: "sound", On: "talk" }).Select(rate => (rate.InDomain, rate.Total))));
        Assert.Equal(SyntheticSounds.Kinds.Count, result.Rates.Count(rate => rate is { Of: "sound", Total: 1 }));
        Assert.DoesNotContain(result.Rates, rate => rate.InDomain && rate.On == "talk");
        Assert.NotNull(Classify().InDomain);
        using var silent = SpeechModel.Load(_tiny.Folder, new ModelLoadOptions { IgnoreDomain = true });
        Assert.Null(new Classifier(silent, new ClassifierOptions { Task = "sound" }).Classify(Sounds.Tone(1)).InDomain);
    }

    [Fact]
    public void The_same_clips_give_the_same_files()
    {
        Calibrate();
        var first = Files();
        Calibrate(threads: 2);
        Assert.Equal(first, Files());

        string[] Files() => [.. new[] { DomainFolder.FileName, DomainFolder.StatisticsName }.Select(name => FolderChecksums.Digest(Path.Combine(_tiny.Folder, name)))];
    }

    [Fact]
    public void Datasets_that_are_not_there_are_named()
    {
        var error = Assert.Throws<ManifestException>(() => Calibrate("piano"));
        Assert.Contains("\"piano\"; allowed: rains, digits, talk", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_tiny.Folder, DomainFolder.FileName)));
    }

    [Fact]
    public void Thresholds_of_other_weights_or_statistics_are_refused_and_can_be_made_anew()
    {
        Calibrate();
        using (var other = new TinyModel(seed: 2)) File.Copy(Path.Combine(other.Folder, "model.safetensors"), Path.Combine(_tiny.Folder, "model.safetensors"), overwrite: true);
        var error = Assert.Throws<ConfigException>(() => SpeechModel.Load(_tiny.Folder)).Message;
        Assert.All(["domain.json", "$.weights_sha256", "qwen2audio calibrate"], part => Assert.Contains(part, error, StringComparison.Ordinal));
        Calibrate();
        var statistics = Path.Combine(_tiny.Folder, DomainFolder.StatisticsName);
        var bytes = File.ReadAllBytes(statistics);
        bytes[^1] ^= 1;
        File.WriteAllBytes(statistics, bytes);
        Assert.Contains("$.statistics_sha256", Assert.Throws<ConfigException>(() => SpeechModel.Load(_tiny.Folder)).Message, StringComparison.Ordinal);
        File.Delete(statistics);
        Assert.Contains(DomainFolder.StatisticsName, Assert.Throws<CheckpointException>(() => SpeechModel.Load(_tiny.Folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("version", "3", "$.version")]
    [InlineData("version", "1", "qwen2audio calibrate")]
    [InlineData("words", "null", "$.words")]
    [InlineData("words", """{"statistic": "logistic_regression_of_posterior_units_and_text", "posterior": 1, "units": 1, "text": 1}""", "$.words.bias")]
    [InlineData("transcription", """{"statistic": "loudness", "threshold": -1}""", "$.transcription.statistic")]
    [InlineData("transcription", """{"statistic": "mean_word_confidence", "threshold": -0.5}""", "$.transcription.threshold")]
    [InlineData("transcription", """{"statistic": "mean_word_confidence"}""", "$.transcription.threshold")]
    [InlineData("classification", """{"statistic": "squared_mahalanobis_distance_of_mean_row", "label_sets": {"bird": {"threshold": 5}}}""", "$.classification.label_sets.bird")]
    [InlineData("classification", """{"statistic": "squared_mahalanobis_distance_of_mean_row", "label_sets": {"sound": {"threshold": "far"}}}""", "$.classification.label_sets.sound.threshold")]
    [InlineData("classification", """{"statistic": "squared_mahalanobis_distance_of_mean_row", "label_sets": {"keyword": {"threshold": 5}}}""", "keyword.mean")]
    [InlineData("hallucinations", """{"statistic": "log_likelihood_ratio_of_word_support", "unit_loss": 1, "units": -5, "phone_loss": 0, "phones": 0, "bias": 0}""", "$.hallucinations.threshold")]
    [InlineData("hallucinations", """{"statistic": "entropy", "unit_loss": 1}""", "$.hallucinations.statistic")]
    [InlineData("weights_sha256", "null", "$.weights_sha256")]
    public void A_damaged_file_is_refused_with_its_place(string field, string value, string place)
    {
        var set = new LabelSetDomain(new FeatureGaussian(new float[32], new float[32 * 32]), 5);
        DomainFolder.Write(_tiny.Folder, new ModelDomain { Words = new WordCalibration(1, -1, -1, 2), MinTextScore = 0.5, LabelSets = new Dictionary<string, LabelSetDomain>(StringComparer.Ordinal) { ["sound"] = set } }, (0.02, 0.05, 0.01));
        using (SpeechModel.Load(_tiny.Folder))
        {
        }

        var path = Path.Combine(_tiny.Folder, DomainFolder.FileName);
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        json[field] = JsonNode.Parse(value);
        File.WriteAllText(path, json.ToJsonString());
        var error = Record.Exception(() => SpeechModel.Load(_tiny.Folder));
        Assert.True(error is ConfigException or CheckpointException, error?.ToString());
        Assert.Contains(place, error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Wilsons_interval_is_known()
    {
        var (low, high) = new AlarmRate("sound", "rain", true, 2, 43).Interval;
        Assert.Equal((0.0128, 0.1546), (Math.Round(low, 4), Math.Round(high, 4)));
        Assert.Equal(0, new AlarmRate("sound", "rain", true, 0, 20).Interval.Low, 1e-12);
        Assert.Equal(0.1611, new AlarmRate("sound", "rain", true, 0, 20).Interval.High, 1e-4);
    }

    private CalibrationResult Calibrate(string outside = "talk", int threads = 1)
    {
        using var model = SpeechModel.Load(_tiny.Folder, new ModelLoadOptions { IgnoreDomain = true, Threads = threads });
        return DomainCalibration.Run(model, new CalibrationOptions { Manifests = [Manifest], Outside = [outside], LearntSounds = 2, MeasuredSounds = 1 });
    }

    private Classification Classify()
    {
        using var model = SpeechModel.Load(_tiny.Folder);
        return new Classifier(model, new ClassifierOptions { Task = "sound" }).Classify(Sounds.Tone(1));
    }
}

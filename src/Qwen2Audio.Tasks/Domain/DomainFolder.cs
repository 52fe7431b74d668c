using System.Text.Json;
using System.Text.Json.Nodes;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Formats.Safetensors;

namespace Qwen2Audio.Tasks.Domain;

/// <summary>Reads and writes domain.json (thresholds) and domain.safetensors (statistics) of a small model. Without these files the model makes no claim about its domain.</summary>
internal static class DomainFolder
{
    public const string FileName = "domain.json";
    public const string StatisticsName = "domain.safetensors";

    private const int Version = 2;
    private const string WordStatistic = "logistic_regression_of_posterior_units_and_text";
    private const string TextStatistic = "mean_word_confidence";
    private const string HallucinationStatistic = "log_likelihood_ratio_of_word_support";
    private const string SoundStatistic = "squared_mahalanobis_distance_of_mean_row";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static string Fingerprint(CheckpointFolder folder) => string.Join('+', folder.Files.Select(file => FolderChecksums.Digest(file.Path)));

    /// <summary>Reads the files; null when there is no domain.json.</summary>
    /// <exception cref="ConfigException">Fields are missing, of the wrong type or range, or belong to other weights or statistics.</exception>
    /// <exception cref="CheckpointException">The statistics are missing, damaged or of the wrong shape.</exception>
    public static ModelDomain? Read(CheckpointFolder folder, IReadOnlyDictionary<string, IReadOnlyList<string>> labelSets, int width)
    {
        var path = Path.Combine(folder.Path, FileName);
        if (!File.Exists(path)) return null;
        var statistics = Path.Combine(folder.Path, StatisticsName);
        return ConfigObject.Read(path, json =>
        {
            if (json.Version("version", Version) < Version) json.AddProblem("version", "an earlier one", $"{Version} (recreate the file with qwen2audio calibrate)");
            Same(json, "weights_sha256", Fingerprint(folder), "the weights in this folder");
            var words = json.ObjectOrNull("words");
            words?.String("statistic", WordStatistic);
            var text = json.ObjectOrNull("transcription");
            text?.String("statistic", TextStatistic);
            var hallucinations = json.ObjectOrNull("hallucinations");
            hallucinations?.String("statistic", HallucinationStatistic);
            var sound = json.ObjectOrNull("classification");
            sound?.String("statistic", SoundStatistic);
            var sets = sound?.Object("label_sets");
            var thresholds = new Dictionary<string, (double Distance, double? SyntheticOdds)>(StringComparer.Ordinal);
            foreach (var name in sets?.Names ?? [])
            {
                if (!labelSets.ContainsKey(name)) sets!.AddProblem(name, "thresholds", "label sets of config.json: " + string.Join(", ", labelSets.Keys));
                var set = sets!.Object(name);
                thresholds[name] = (set.Number("threshold", 0, float.MaxValue), set.Has("made_sound_threshold") ? set.Number("made_sound_threshold", -1e6, 1e6) : null);
            }

            if (thresholds.Count > 0) Same(json, "statistics_sha256", FolderChecksums.Digest(statistics), StatisticsName);
            json.ThrowIfBad();
            if (text is not null && words is null) json.AddProblem("words", "nothing", "the weights of the words' confidences, by which transcription is judged");
            var calibration = words is null ? null : new WordCalibration(Weight(words, "posterior"), Weight(words, "units"), Weight(words, "text"), Weight(words, "bias"));
            var test = hallucinations is null ? null : new HallucinationTest(Weight(hallucinations, "unit_loss"), Weight(hallucinations, "units"), Weight(hallucinations, "phone_loss"), Weight(hallucinations, "phones"),
                Weight(hallucinations, "bias"), hallucinations.Number("threshold", 0, 1e6));
            return new ModelDomain { Words = calibration, Hallucinations = test, MinTextScore = text?.Number("threshold", 0, 1), LabelSets = LabelSets(statistics, thresholds, width) };

            static double Weight(ConfigObject json, string name) => json.Number(name, -1e6, 1e6);
        });
    }

    /// <summary>Writes both files, the thresholds last.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="domain">Thresholds and statistics.</param>
    /// <param name="falseAlarms">The false alarm rates, on clips of the domain, for which the thresholds were set.</param>
    public static void Write(string folder, ModelDomain domain, (double Text, double Labels, double Hallucinations) falseAlarms)
    {
        using var opened = CheckpointFolder.Open(folder);
        var json = new JsonObject { ["version"] = Version, ["weights_sha256"] = Fingerprint(opened) };
        if (domain.Words is { } words)
            json["words"] = new JsonObject { ["statistic"] = WordStatistic, ["posterior"] = words.Posterior, ["units"] = words.Units, ["text"] = words.Text, ["bias"] = words.Bias };
        if (domain.MinTextScore is { } least) json["transcription"] = new JsonObject { ["statistic"] = TextStatistic, ["false_alarms"] = falseAlarms.Text, ["threshold"] = least };
        if (domain.Hallucinations is { } test)
        {
            json["hallucinations"] = new JsonObject
            {
                ["statistic"] = HallucinationStatistic,
                ["unit_loss"] = test.UnitLoss,
                ["units"] = test.Units,
                ["phone_loss"] = test.PhoneLoss,
                ["phones"] = test.Phones,
                ["bias"] = test.Bias,
                ["false_alarms"] = falseAlarms.Hallucinations,
                ["threshold"] = test.Threshold,
            };
        }

        if (domain.LabelSets.Count > 0)
        {
            var statistics = Path.Combine(folder, StatisticsName);
            SafetensorsWriter.Write(statistics, domain.LabelSets.SelectMany(set => Tensors(set.Key, set.Value)));
            json["statistics_sha256"] = FolderChecksums.Digest(statistics);
            json["classification"] = new JsonObject
            {
                ["statistic"] = SoundStatistic,
                ["false_alarms"] = falseAlarms.Labels,
                ["label_sets"] = new JsonObject(domain.LabelSets.OrderBy(set => set.Key, StringComparer.Ordinal)
                    .Select(set => KeyValuePair.Create<string, JsonNode?>(set.Key, Thresholds(set.Value)))),
            };
        }

        AtomicFile.Write(Path.Combine(folder, FileName), Encoding.UTF8.GetBytes(json.ToJsonString(Indented) + "\n"));
    }

    private static void Same(ConfigObject json, string name, string expected, string what)
    {
        if (json.String(name) is var found && found != expected && found.Length > 0)
            json.AddProblem(name, found.Length > 16 ? found[..16] + "…" : found, $"{expected[..16]}…, the checksum of {what} (recreate the file with qwen2audio calibrate)");
    }

    private static Dictionary<string, LabelSetDomain> LabelSets(string path, Dictionary<string, (double Distance, double? SyntheticOdds)> thresholds, int width)
    {
        var sets = new Dictionary<string, LabelSetDomain>(StringComparer.Ordinal);
        if (thresholds.Count == 0) return sets;
        using var file = SafetensorsFile.Open(path);
        foreach (var (set, (distance, odds)) in thresholds)
        {
            var gaussian = new FeatureGaussian(Floats(file, $"{set}.mean", width), Floats(file, $"{set}.whitening", width, width));
            var made = odds is null ? null : new SyntheticSoundScore(Floats(file, $"{set}.made_sound.weight", width), Floats(file, $"{set}.made_sound.bias", 1)[0]);
            sets[set] = new LabelSetDomain(gaussian, distance, made, odds ?? 0);
        }

        return sets;
    }

    private static JsonObject Thresholds(LabelSetDomain set)
    {
        var json = new JsonObject { ["threshold"] = set.MaxDistance };
        if (set.Synthetic is not null) json["made_sound_threshold"] = set.MaxSyntheticOdds;
        return json;
    }

    private static float[] Floats(SafetensorsFile file, string name, params ReadOnlySpan<long> shape)
    {
        if (!file.Tensors.TryGetValue(name, out var tensor) || !tensor.HasShape(shape))
            throw new CheckpointException(file.Path, name, tensor?.ToString() ?? "nothing", $"a tensor of {string.Join(" × ", shape.ToArray().Select(size => size.ToString(CultureInfo.InvariantCulture)))} numbers");
        var numbers = file.ReadFloats(name);
        return numbers.All(float.IsFinite) ? numbers : throw new CheckpointException(file.Path, name, "a number that is not finite", "finite numbers");
    }

    private static IEnumerable<NewTensor> Tensors(string name, LabelSetDomain set)
    {
        yield return NewTensor.Floats($"{name}.mean", [set.Gaussian.Width], set.Gaussian.Mean);
        yield return NewTensor.Floats($"{name}.whitening", [set.Gaussian.Width, set.Gaussian.Width], set.Gaussian.Whitening);
        if (set.Synthetic is null) yield break;
        yield return NewTensor.Floats($"{name}.made_sound.weight", [set.Synthetic.Weights.Length], set.Synthetic.Weights);
        yield return NewTensor.Floats($"{name}.made_sound.bias", [1], new[] { set.Synthetic.Bias });
    }
}

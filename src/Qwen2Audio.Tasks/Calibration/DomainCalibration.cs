using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Tasks.Domain;
using Qwen2Audio.Tasks.Recognition;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Calibration;

/// <summary>
/// Determines a model's domain and writes it to the model's folder. For each label set it fits a Gaussian to the training
/// clips' mean rows and, for sounds, a score that detects synthetic ones. Thresholds are quantiles of the scores of the validation clips: on average, at
/// most the requested fraction of new clips of the domain exceeds a threshold (split conformal prediction). The confidences of words are fitted to the same clips, and so is the test of words that are not in the audio, for which each clip is also given the text of another one. They and false alarms
/// are measured on each half of the speakers with thresholds from the other half, missed alarms on clips that set no threshold.
/// </summary>
public static class DomainCalibration
{
    /// <summary>Calibrates a small model.</summary>
    /// <exception cref="ManifestException">The manifest is not usable, or has no such rows.</exception>
    /// <exception cref="IOException">The files cannot be written.</exception>
    public static CalibrationResult Run(SpeechModel model, CalibrationOptions options, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        foreach (var share in new[] { options.TextAlarms, options.LabelAlarms, options.HallucinationAlarms })
            if (!(share is > 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(options), share, "Rates of false alarms must be between 0 and 1.");
        if (options.Manifests.Count == 0) throw new ArgumentException("There is no manifest; name at least one.", nameof(options));
        List<ManifestRow> all = [.. options.Manifests.SelectMany(path => Manifest.Read(path).Rows)];
        var datasets = all.Select(row => row.Dataset).Distinct(StringComparer.Ordinal).ToList();
        if (options.Outside.FirstOrDefault(name => !datasets.Contains(name)) is { } missing)
            throw new ManifestException(string.Join(", ", options.Manifests), 0, "dataset", $"no rows of dataset \"{missing}\"; allowed: {string.Join(", ", datasets)}.");
        var sets = datasets.Except(options.Outside, StringComparer.Ordinal).ToDictionary(
            name => name, name => model.Info.LabelSetOf([.. all.Where(row => row.Dataset == name).Select(row => row.Text)]), StringComparer.Ordinal);
        var train = all.Where(row => row.Split is "train" && sets.GetValueOrDefault(row.Dataset) is not null).ToList();
        var inside = all.Where(row => row.Split is "val" && sets.ContainsKey(row.Dataset)).ToList();
        var outside = all.Where(row => row.Split is "val" && options.Outside.Contains(row.Dataset, StringComparer.Ordinal)).ToList();
        if (options.OutsideManifest is { } more) outside.AddRange(Manifest.Read(more).Require("val"));
        if (inside.Count == 0) throw new ManifestException(string.Join(", ", options.Manifests), 0, "split", "no rows of split \"val\" in the domain, which are needed to set thresholds.");
        var clips = new CalibrationClips(model, train.Count + inside.Count + outside.Count, options.Progress, cancel);

        var statistics = train.GroupBy(row => sets[row.Dataset]!, StringComparer.Ordinal)
            .Select(group => (Set: group.Key, Rows: group.SelectMany(clips.MeanRows).ToList())).Where(set => set.Rows.Count >= 2)
            .ToDictionary(set => set.Set, set => Statistics(set.Set, set.Rows), StringComparer.Ordinal);
        var spoken = inside.Where(row => sets[row.Dataset] != LabelSet.Sound).ToList();
        var (even, odd) = Halves(inside);
        List<(ManifestRow Row, string? Set, ScoredClip Clip)>[] halves = [Scored(even), Scored(odd)];
        var (domain, thresholds) = Thresholds([.. halves[0], .. halves[1]]);
        if (thresholds.Count == 0)
            throw new ManifestException(string.Join(", ", options.Manifests), 0, "split", "no clip of split \"val\" has a score: the model recognised no words in them, and they belong to none of its label sets. Nothing was calibrated.");
        var (rates, errors) = (new AlarmTally(), new CalibrationError());
        for (var half = 0; half < 2; half++)
        {
            var others = Thresholds(halves[1 - half]).Domain;
            foreach (var (row, set, clip) in halves[half])
            {
                rates.Add(others, row.Dataset, set, inside: true, clip);
                if (set == LabelSet.Sound || others.Words is not { } calibration) continue;
                foreach (var (word, isRight) in clip.Judged) errors.Add(calibration.Confidence(word), isRight);
            }
        }

        foreach (var row in outside)
            if (clips.Score(row, OtherText(row)) is { } clip) rates.Add(domain, row.Dataset, null, inside: false, clip);
        foreach (var kind in SyntheticSounds.Kinds)
            for (var i = 0; i < options.MeasuredSounds; i++) rates.Add(domain, kind, LabelSet.Sound, inside: false, clips.Score(SyntheticSounds.Make(kind, options.LearntSounds + i), "", spoken.Count > 0 ? spoken[i % spoken.Count].Text : null));
        DomainFolder.Write(model.Info.Path, domain, (options.TextAlarms, options.LabelAlarms, options.HallucinationAlarms));
        return new CalibrationResult { Model = model.Info.Path, Thresholds = thresholds, Rates = rates.Rates, Words = errors, Skipped = clips.Skipped };

        // the text of the next clip of the dataset that says something else, or of any other clip
        string? OtherText(ManifestRow row)
        {
            var same = spoken.Where(other => other.Dataset == row.Dataset).ToList();
            if (same.All(other => other.Text == row.Text)) same = spoken;
            var at = same.IndexOf(row) + 1;
            return Enumerable.Range(at, same.Count).Select(i => same[i % same.Count].Text).FirstOrDefault(text => text != row.Text);
        }

        LabelSetDomain Statistics(string set, List<double[]> rows) => new(FeatureGaussian.Fit(rows), 0, set != LabelSet.Sound ? null
            : SyntheticSoundScore.Fit(rows, [.. SyntheticSounds.Kinds.SelectMany(kind => Enumerable.Range(0, options.LearntSounds).SelectMany(seed => clips.MeanRows(SyntheticSounds.Make(kind, seed))))]));

        List<(ManifestRow Row, string? Set, ScoredClip Clip)> Scored(List<ManifestRow> rows) =>
            [.. rows.Select(row => (Row: row, Set: sets[row.Dataset], Clip: clips.Score(row, OtherText(row))!)).Where(row => row.Clip is not null)];

        (ModelDomain Domain, Dictionary<string, (double Threshold, int Clips)> Thresholds) Thresholds(List<(ManifestRow Row, string? Set, ScoredClip Clip)> scored)
        {
            var thresholds = new Dictionary<string, (double Threshold, int Clips)>(StringComparer.Ordinal);
            var speech = scored.Where(row => row.Set != LabelSet.Sound).Select(row => row.Clip).ToList();
            var words = WordCalibration.Fit([.. speech.SelectMany(clip => clip.Judged)]);
            double[] texts = [.. speech.Select(clip => clip.Text(words)).OfType<double>().Select(score => -score)];
            double? least = texts.Length > 0 ? -Threshold(SpeechDetection.Transcribe, texts, options.TextAlarms) : null;
            var heard = speech.SelectMany(clip => clip.Words.Append(clip.Reference)).Where(text => text.Length > 0).ToList();
            var hallucinations = HallucinationTest.Fit([.. heard.SelectMany(Supports)], [.. speech.SelectMany(clip => Supports(clip.OtherText))]);
            if (hallucinations is not null)
                hallucinations = hallucinations with { Threshold = Threshold(AlarmTally.Hallucinations, [.. heard.Select(hallucinations.Score)], options.HallucinationAlarms, HallucinationTest.LeastThreshold) };
            var labelSets = new Dictionary<string, LabelSetDomain>(StringComparer.Ordinal);
            foreach (var (name, set) in statistics)
            {
                var own = scored.Where(row => row.Set == name && row.Clip.Pieces.Count > 0).Select(row => row.Clip.Pieces).ToList();
                if (own.Count == 0) continue;
                var farthest = Threshold(name, [.. own.Select(set.Gaussian.Distance)], options.LabelAlarms);
                labelSets[name] = set.Synthetic is not { } made ? set with { MaxDistance = farthest }
                    : set with { MaxDistance = farthest, MaxSyntheticOdds = Threshold($"{name}, made sounds", [.. own.Select(made.Of)], options.LabelAlarms) };
            }

            return (new ModelDomain { Words = words, Hallucinations = hallucinations, MinTextScore = least, LabelSets = labelSets }, thresholds);

            static IEnumerable<WordSupport> Supports(WordEvidence[] words) => words.Select(word => word.Support);

            double Threshold(string of, double[] scores, double share, double least = double.NegativeInfinity)
            {
                thresholds[of] = (Math.Max(least, Quantile(scores, share)), scores.Length);
                return thresholds[of].Threshold;
            }
        }
    }

    /// <summary>The score that one of n + 1 exchangeable clips exceeds with at most this probability; the maximum if there are too few.</summary>
    internal static double Quantile(double[] scores, double share)
    {
        var sorted = scores.OrderDescending().ToArray();
        return sorted[Math.Max(1, (int)(share * (scores.Length + 1))) - 1];
    }

    /// <summary>Splits each dataset into two halves by every other speaker, in the order of names; an unknown speaker counts as one speaker per clip.</summary>
    internal static (List<ManifestRow> Even, List<ManifestRow> Odd) Halves(IEnumerable<ManifestRow> rows)
    {
        var (even, odd) = (new List<ManifestRow>(), new List<ManifestRow>());
        foreach (var dataset in rows.GroupBy(row => row.Dataset, StringComparer.Ordinal))
        {
            var speakers = dataset.GroupBy(row => row.Speaker is "" or "unknown" ? row.Path : row.Speaker, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal);
            foreach (var (speaker, i) in speakers.Select((speaker, i) => (speaker, i))) (i % 2 == 0 ? even : odd).AddRange(speaker);
        }

        return (even, odd);
    }
}

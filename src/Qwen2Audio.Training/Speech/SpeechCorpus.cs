using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Text;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Speech.Features;
using Qwen2Audio.Training.Speech.Phones;
using Qwen2Audio.Training.Speech.Sampling;
using Qwen2Audio.Training.Speech.Synthesis;

namespace Qwen2Audio.Training.Speech;

/// <summary>Everything that a recipe's data section becomes: clips as features, their scale, the text units, the label sets.</summary>
public sealed class SpeechCorpus
{
    private SpeechCorpus(
        IReadOnlyList<ClipFeatures> clips, IReadOnlyList<ClipFailure> failures, FeatureScale scale, BytePairTokenizer tokenizer)
    {
        Clips = clips;
        Failures = failures;
        Scale = scale;
        Tokenizer = tokenizer;
    }

    /// <summary>Training clips.</summary>
    public IReadOnlyList<ClipFeatures> Clips { get; }

    /// <summary>Rows that could not be used.</summary>
    public IReadOnlyList<ClipFailure> Failures { get; }

    /// <summary>Mean and deviation of each mel bin over the recordings.</summary>
    public FeatureScale Scale { get; }

    /// <summary>Text units learnt from the training texts.</summary>
    public BytePairTokenizer Tokenizer { get; }

    /// <summary>Closed sets of answers, by prompt: what classification chooses from. A set of which there is no clip is left out.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> LabelSets
    {
        get
        {
            var sets = new SortedDictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) { ["speech"] = ["speech", "other sound"] };
            if (Clips.Any(clip => clip.Row.Dataset is "fsdd" or "synthetic-digits"))
                sets["digit"] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
            if (Labels("keywords") is { Count: > 0 } keywords) sets["keyword"] = keywords;
            if (Labels("esc10") is { Count: > 0 } sounds) sets["sound"] = sounds;
            return sets;
        }
    }

    /// <summary>Makes missing synthetic speech, reads every clip, learns the text units.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="threads">Clips that are made or read at once; 0: one for each processor.</param>
    /// <param name="progress">Called with what is being done, and how much of how much is done, from several threads.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="CorpusException">More rows than the recipe allows cannot be used.</exception>
    public static SpeechCorpus Load(
        SpeechRecipe recipe, int threads = 0, Action<string, int, int>? progress = null, CancellationToken cancellation = default)
    {
        var list = RecordingList.Read(recipe.Data.Manifests, recipe.Data.Split);
        List<Recording> all = [.. list.Recordings];
        if (all.Count == 0) throw new RecipeException($"The manifests have no row of split \"{recipe.Data.Split}\".");
        var natural = all.Select(recording => recording.Row).ToHashSet(ReferenceEqualityComparer.Instance);
        if (recipe.Data.Synthetic is { } synthetic)
            all.AddRange(Synthetic(synthetic, [.. all.Select(recording => recording.Row)], threads, progress, cancellation).Select(row => new Recording(row)));
        var dictionaries = recipe.Data.Dictionaries.Where(File.Exists).ToList();
        var pronunciations = dictionaries.Count == 0 ? null : Pronunciations.Read(dictionaries);
        var store = FeatureStore.Build(all, pronunciations, (done, all) => progress?.Invoke("features", done, all), threads, cancellation);
        var failures = CheckUsable(recipe, list, store.Failures, all.Count);
        var scale = FeatureScale.Of([.. store.Clips.Where(clip => natural.Contains(clip.Row))]);
        var texts = store.Clips.Select(clip => (clip.Text, Weight(recipe.Tokenizer, clip.Row.Dataset)))
            .Append(("speech", 1)).Append(("other sound", 1));
        return new SpeechCorpus(store.Clips, failures, scale, SpeechTokens.Learn(texts, recipe.Tokenizer.Merges));
    }

    /// <summary>All rows that cannot be used: those that were left out when the sources were read, and those that gave no clip.</summary>
    /// <exception cref="CorpusException">They are more than the recipe allows, or none of the recordings is left.</exception>
    internal static IReadOnlyList<ClipFailure> CheckUsable(SpeechRecipe recipe, RecordingList list, IReadOnlyList<ClipFailure> failures, int count)
    {
        List<ClipFailure> all = [.. list.Skipped, .. failures];
        SkippedClips.Check(all, count + list.Skipped.Count, recipe.Data.MaxSkippedPercent);
        var failed = failures.Select(failure => failure.Row).ToHashSet(ReferenceEqualityComparer.Instance);
        return list.Recordings.Any(recording => !failed.Contains(recording.Row)) ? all
            : throw new CorpusException($"none of the {list.Recordings.Count} recordings can be used. The first: {failures[0].Row.Path}: {failures[0].Reason}");
    }

    private static IReadOnlyList<ManifestRow> Synthetic(
        SyntheticRecipe recipe, IReadOnlyList<ManifestRow> recordings, int threads, Action<string, int, int>? progress, CancellationToken cancellation)
    {
        var options = SyntheticOptions(recipe, recordings) with { Processes = threads };
        var made = SyntheticSpeech.Make(recipe.Folder, options, (done, all) => progress?.Invoke("synthetic speech", done, all), cancellation);
        return Manifest.Read(made.Manifest).Rows;
    }

    internal static SyntheticSpeechOptions SyntheticOptions(SyntheticRecipe recipe, IReadOnlyList<ManifestRow> recordings) => new()
    {
        Seed = (ulong)recipe.Seed,
        Spelled = recipe.Sentences,
        Digits = recipe.Digits,
        Keywords = recipe.Keywords,
        Transcripts =
        [
            .. recordings.Where(row => row.Dataset == "an4")
                .Select(row => TrainingText.TryNormalise(row.Text, out var text, out _) ? text : "").Where(text => text.Length > 0),
        ],
    };

    private static int Weight(TokenizerRecipe recipe, string dataset) =>
        (int)Math.Round(recipe.Weights.GetValueOrDefault(dataset, 1));

    private List<string> Labels(string group) =>
    [
        .. Clips.Where(clip => clip.Text.Length > 0 && DrawSource.GroupOf(clip.Row.Dataset) == group).Select(clip => clip.Text).Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal),
    ];
}

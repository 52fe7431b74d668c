using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Text;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Speech.Features;
using Qwen2Audio.Training.Speech.Phones;
using Qwen2Audio.Training.Speech.SyntheticData;

namespace Qwen2Audio.Training.Speech;

/// <summary>The data of a recipe: clips as features, their scale, text units and label sets.</summary>
public sealed class SpeechCorpus
{
    internal const string NothingToLearnFrom = "data.letter_to_sound is true, but none of data.dictionaries is there to learn from";

    private SpeechCorpus(
        SpeechDatasets datasets, IReadOnlyList<ClipFeatures> clips, IReadOnlyList<ClipFailure> failures, FeatureScale scale, BytePairTokenizer tokenizer)
    {
        Datasets = datasets;
        Clips = clips;
        Failures = failures;
        Scale = scale;
        Tokenizer = tokenizer;
    }

    /// <summary>The datasets of the clips.</summary>
    internal SpeechDatasets Datasets { get; }

    /// <summary>Number of training clips.</summary>
    public int ClipCount => Clips.Count;

    /// <summary>Hours of training clips.</summary>
    public double Hours => Clips.Sum(clip => clip.Frames) / 360_000.0;

    /// <summary>Training clips.</summary>
    internal IReadOnlyList<ClipFeatures> Clips { get; }

    /// <summary>Unusable rows.</summary>
    public IReadOnlyList<ClipFailure> Failures { get; }

    /// <summary>Words that letter-to-sound could not pronounce; their clips train without the phone loss.</summary>
    public IReadOnlyList<string> WordsWithoutPhones { get; private init; } = [];

    /// <summary>Mean and standard deviation of each mel bin over the recordings.</summary>
    internal FeatureScale Scale { get; }

    /// <summary>Text units learned from the training texts.</summary>
    public BytePairTokenizer Tokenizer { get; }

    /// <summary>Closed label sets by prompt, for classification, without sets that have no clips.</summary>
    internal IReadOnlyDictionary<string, IReadOnlyList<string>> LabelSets
    {
        get
        {
            var sets = new SortedDictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) { ["speech"] = ["speech", "other sound"] };
            if (Clips.Any(clip => Datasets[clip.Row.Dataset].Kind == DatasetKind.Digits)) sets["digit"] = SpokenNumbers.Digits;
            if (Labels(DatasetKind.Keywords) is { Count: > 0 } keywords) sets["keyword"] = keywords;
            if (Labels(DatasetKind.Sounds) is { Count: > 0 } sounds) sets["sound"] = sounds;
            return sets;
        }
    }

    /// <summary>Synthesises missing clips, reads all clips and learns the text units.</summary>
    /// <param name="threads">Number of clips synthesised or read in parallel; 0: one per processor.</param>
    /// <param name="progress">Called on several threads with the current task, the number done and the total.</param>
    /// <param name="cancellation">Cancels the work.</param>
    /// <exception cref="CorpusException">More rows are unusable than the recipe allows.</exception>
    /// <exception cref="RecipeException">Letter-to-sound has no dictionary to learn from.</exception>
    /// <exception cref="PronunciationException">A dictionary has the wrong form, or nothing can be learned from it.</exception>
    internal static SpeechCorpus Load(
        SpeechRecipe recipe, int threads = 0, Action<string, int, int>? progress = null, CancellationToken cancellation = default)
    {
        var datasets = new SpeechDatasets(recipe.Data.Datasets);
        var list = datasets.Read(recipe.Data, "the recipe");
        List<Recording> all = [.. list.Recordings];
        var natural = all.Select(recording => recording.Row).ToHashSet(ReferenceEqualityComparer.Instance);
        if (SyntheticOptions(recipe.Data, datasets, [.. all.Select(recording => recording.Row)], "the recipe") is { } options)
        {
            var made = SyntheticSpeech.Make(recipe.Data.Synthetic!.Folder, options with { Processes = threads }, (done, all) => progress?.Invoke("synthetic speech", done, all), cancellation);
            all.AddRange(Manifest.Read(made.Manifest).Rows.Select(row => new Recording(row)));
        }

        var dictionaries = recipe.Data.Dictionaries.Where(File.Exists).ToList();
        var pronunciations = dictionaries.Count == 0 ? null : Pronunciations.Read(dictionaries);
        IReadOnlyList<string> withoutPhones = [];
        if (recipe.Data.LetterToSound)
        {
            if (pronunciations is null) throw new RecipeException(NothingToLearnFrom);
            var words = MissingWords.Of(pronunciations, datasets, all.Select(recording => recording.Row)).Words;
            if (words.Count > 0) withoutPhones = pronunciations.Add(words, LetterToSoundTrainer.Train(dictionaries));
        }

        Func<ManifestRow, string, string[]?>? phones = pronunciations is null ? null : (row, text) => pronunciations.Find(text, datasets[row.Dataset].Kind == DatasetKind.Spelled);
        var store = FeatureStore.Build(all, phones, (done, all) => progress?.Invoke("features", done, all), threads, cancellation);
        var failures = CheckUsable(recipe, list, store.Failures, all.Count);
        var scale = recipe.Model.InitialiseFrom is { } from ? WarmStart.ScaleOf(from) : FeatureScale.Of([.. store.Clips.Where(clip => natural.Contains(clip.Row))]);
        var texts = store.Clips.Select(clip => (clip.Text, datasets[clip.Row.Dataset].TextWeight))
            .Append(("speech", 1)).Append(("other sound", 1));
        return new SpeechCorpus(datasets, store.Clips, failures, scale, recipe.Model is { FreezeEncoder: true, InitialiseFrom: { } frozen } ? WarmStart.TokenizerOf(frozen) : SpeechTokens.Learn(texts, recipe.Tokenizer.Merges)) { WordsWithoutPhones = withoutPhones };
    }

    /// <summary>All unusable rows: those skipped when the sources were read, and those without a clip.</summary>
    /// <exception cref="CorpusException">There are more than the recipe allows, or no usable recording.</exception>
    internal static IReadOnlyList<ClipFailure> CheckUsable(SpeechRecipe recipe, RecordingList list, IReadOnlyList<ClipFailure> failures, int count)
    {
        List<ClipFailure> all = [.. list.Skipped, .. failures];
        SkippedClips.Check(all, count + list.Skipped.Count, recipe.Data.MaxSkippedPercent);
        var failed = failures.Select(failure => failure.Row).ToHashSet(ReferenceEqualityComparer.Instance);
        return list.Recordings.Any(recording => !failed.Contains(recording.Row)) ? all
            : throw new CorpusException($"none of the {list.Recordings.Count} recordings can be used. The first: {failures[0].Row.Path}: {failures[0].Reason}");
    }

    /// <summary>The synthetic clips of a recipe; null: none.</summary>
    /// <exception cref="RecipeException">Keywords are to be synthesised, but no recording lists them.</exception>
    internal static SyntheticSpeechOptions? SyntheticOptions(DataRecipe data, SpeechDatasets datasets, IReadOnlyList<ManifestRow> recordings, string path)
    {
        List<SyntheticSet> sets = [.. datasets.Synthetic.Select(pair => new SyntheticSet(pair.Key, pair.Value.Kind, pair.Value.Synthetic))];
        if (sets.Count == 0 || data.Synthetic is null) return null;
        IReadOnlyList<string> keywords = [.. Texts(DatasetKind.Keywords).Distinct(StringComparer.Ordinal)];
        if (keywords.Count == 0 && sets.Find(set => set.Kind == DatasetKind.Keywords) is { } spoken)
            throw new RecipeException($"{path}: data.datasets.{spoken.Dataset}.synthetic: no recording of kind keywords says what is to be spoken");
        return new SyntheticSpeechOptions { Seed = (ulong)data.Synthetic.Seed, Sets = sets, KeywordTexts = keywords, Transcripts = [.. Texts(DatasetKind.Spelled)] };

        IEnumerable<string> Texts(DatasetKind kind) => recordings.Where(row => datasets[row.Dataset].Kind == kind)
            .Select(row => TranscriptText.TryNormalise(row.Text, out var text, out _) ? text : "").Where(text => text.Length > 0);
    }

    private List<string> Labels(DatasetKind kind) =>
    [
        .. Clips.Where(clip => clip.Text.Length > 0 && Datasets[clip.Row.Dataset].Kind == kind).Select(clip => clip.Text).Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal),
    ];
}

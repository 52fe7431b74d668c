using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Formats.Shards;
using Qwen2Audio.Text;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Speech.Features;
using Qwen2Audio.Training.Speech.Phones;
using Qwen2Audio.Training.Speech.Sampling;
using Qwen2Audio.Training.Speech.SyntheticData;
using Qwen2Audio.Training.Synthesis;

namespace Qwen2Audio.Training.Speech;

/// <summary>The inputs of a recipe (recordings, dictionaries, synthesisers), checked without changing anything.</summary>
/// <param name="Recordings">Number of rows of the recipe's split.</param>
/// <param name="Seconds">Their total length, as far as the manifests give it.</param>
/// <param name="Synthetic">Number of clips to synthesise.</param>
/// <param name="Words">Number of words in the dictionaries that exist.</param>
/// <param name="Steps">Steps of all phases.</param>
/// <param name="MemoryBytes">Minimum memory for training.</param>
/// <param name="Warnings">Missing inputs that are optional.</param>
public sealed record SpeechRecipeInputs(int Recordings, double Seconds, int Synthetic, int Words, long Steps, long MemoryBytes, IReadOnlyList<string> Warnings)
{
    private const int Named = 3;

    /// <summary>Checks the inputs of a recipe.</summary>
    /// <param name="path">Path of the recipe, for messages.</param>
    /// <param name="readsAll">Whether to read every recording and reject what a run would; otherwise only quick checks are made.</param>
    /// <param name="threads">Number of recordings read in parallel; 0: one per processor.</param>
    /// <param name="progress">Called on several threads with the number of recordings read and the total.</param>
    /// <param name="cancellation">Cancels the work.</param>
    /// <exception cref="ManifestException">A manifest is missing or damaged.</exception>
    /// <exception cref="CheckpointException">The model to begin with is missing or damaged.</exception>
    /// <exception cref="ShardException">A pattern of shards is invalid, or none of its shards can be opened.</exception>
    /// <exception cref="PronunciationException">A dictionary has the wrong form.</exception>
    /// <exception cref="RecipeException">The split has no recordings, recordings are missing, a dataset to be drawn has no clips or is not described, or the machine has too little memory.</exception>
    /// <exception cref="CorpusException">More recordings are unusable than the recipe allows, or all of them.</exception>
    /// <exception cref="SynthesisException">A synthesiser that is needed cannot be started.</exception>
    internal static SpeechRecipeInputs Check(
        SpeechRecipe recipe, string path, bool readsAll = false, int threads = 0, Action<int, int>? progress = null, CancellationToken cancellation = default)
    {
        var memory = TrainingMemory.Require(recipe, path);
        var data = recipe.Data;
        if (recipe.Model.InitialiseFrom is { } from && !RecipePath.IsOpen(from)) WarmStart.ScaleOf(from);
        var datasets = new SpeechDatasets(data.Datasets);
        var list = datasets.Read(data, path);
        List<ManifestRow> rows = [.. list.Recordings.Select(recording => recording.Row)];
        var warnings = new List<string>(list.Warnings);
        if (recipe.Model.InitialiseFrom is { } stage && RecipePath.IsOpen(stage)) warnings.Add($"model.initialise_from, {stage}, is not checked: it is a run that other recipes make");
        CheckFiles([.. list.Recordings], path, warnings);
        CheckTexts(rows, warnings);
        Warn(list.Skipped, warnings);
        List<string> there = [.. data.Dictionaries.Where(File.Exists)];
        warnings.AddRange(data.Dictionaries.Except(there).Select(path =>
            $"{path} is not there; clips with words that are in no dictionary train without the phone loss"));
        var pronunciations = there.Count == 0 ? null : Pronunciations.Read(there);
        if (pronunciations is null && data.LetterToSound) throw new RecipeException($"{path}: {SpeechCorpus.NothingToLearnFrom}: {string.Join(", ", data.Dictionaries)}.");
        if (pronunciations is not null && recipe.Model.PhoneLayers > 0 && MissingWords.Of(pronunciations, datasets, rows).Warning(data.LetterToSound) is { } missing) warnings.Add(missing);
        var synthetic = SpeechCorpus.SyntheticOptions(data, datasets, rows, path);
        CheckDraws(recipe, path, datasets, rows);
        if (synthetic is not null) SyntheticSpeech.CheckPrograms(synthetic);
        if (recipe.Speak is { } speak) SynthesisCorpus.Check(speak, recipe.Spoken, path, warnings);
        var synthesised = synthetic?.Sets.Sum(set => set.Clips) ?? 0;
        if (readsAll)
        {
            var failures = FeatureStore.Build(list.Recordings, progress: progress, threads: threads, cancellation: cancellation).Failures;
            SpeechCorpus.CheckUsable(recipe, list, failures, rows.Count + synthesised);
            var failed = failures.Select(failure => failure.Row).ToHashSet(ReferenceEqualityComparer.Instance);
            CheckDraws(recipe, path, datasets, [.. rows.Where(row => !failed.Contains(row))]);
            Warn(failures, warnings);
        }

        return new SpeechRecipeInputs(
            rows.Count, rows.Sum(row => row.Seconds), synthesised, pronunciations?.Count ?? 0,
            recipe.Phases.Sum(phase => (long)phase.Steps), memory, warnings);
    }

    private static void Warn(IReadOnlyList<ClipFailure> failures, List<string> warnings)
    {
        if (failures.Count == 0) return;
        warnings.Add($"{failures.Count} rows or samples will be left out: "
            + string.Join(", ", failures.Take(Named).Select(failure => RowCheck.Named(failure.Row.Path, failure.Reason))) + (failures.Count > Named ? ", …" : ""));
    }

    private static void CheckFiles(List<Recording> rows, string recipe, List<string> warnings)
    {
        List<string> missing = [.. rows.Where(recording => !recording.IsThere).Select(recording => recording.Row.Path)];
        if (missing.Count == 0) return;
        var shown = string.Join(", ", missing.Take(Named)) + (missing.Count > Named ? ", …" : "");
        if (missing.Count == rows.Count) throw new RecipeException($"{recipe}: none of the {rows.Count} recordings exists: {shown}.");
        warnings.Add($"{missing.Count} of {rows.Count} recordings do not exist and will be left out: {shown}");
    }

    private static void CheckTexts(List<ManifestRow> rows, List<string> warnings)
    {
        var unusable = new List<string>();
        foreach (var row in rows)
            if (!TranscriptText.TryNormalise(row.Text, out _, out var unknown)) unusable.Add($"{row.Path} contains '{unknown}'");
        if (unusable.Count == 0) return;
        warnings.Add($"{unusable.Count} of {rows.Count} recordings have texts that cannot be learned ({TranscriptText.Allowed}), and will be left out: "
            + string.Join(", ", unusable.Take(Named)) + (unusable.Count > Named ? ", …" : ""));
    }

    private static void CheckDraws(SpeechRecipe recipe, string path, SpeechDatasets datasets, List<ManifestRow> rows)
    {
        HashSet<string> known = [.. rows.Select(row => datasets.NameOf(row.Dataset)), .. datasets.Synthetic.Select(pair => pair.Key), DrawSource.Noise];
        var problems = recipe.Phases.SelectMany((phase, i) => phase.Draws.Keys.Where(name => !known.Contains(name)).Select(name =>
            $"phases[{i}].draws.{name}: no training clip is of this dataset{NameSuggestion.Hint(name, known)}")).ToList();
        if (problems.Count > 0)
            throw new RecipeException($"{path}: {string.Join("; ", problems)} (allowed: {string.Join(", ", known.Order(StringComparer.Ordinal))}).");
    }
}

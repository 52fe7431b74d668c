using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Synthesis;

namespace Qwen2Audio.Training.Speech;

/// <summary>Recordings that are to be aligned, with what is needed for it.</summary>
/// <param name="Model">A model that was trained with phones.</param>
/// <param name="Manifests">Manifests.</param>
/// <param name="Datasets">Datasets of the manifests.</param>
/// <param name="Split">The split that is trained on; validation recordings are aligned too.</param>
/// <param name="Dictionaries">Pronouncing dictionaries.</param>
/// <param name="LetterToSound">Whether other words are pronounced by their letters.</param>
public sealed record RecordingsToAlign(string Model, IReadOnlyList<string> Manifests, IReadOnlyList<string> Datasets, string Split, IReadOnlyList<string> Dictionaries, bool LetterToSound);

/// <summary>Training of the small speech model by a recipe: what it needs, its data, and the task for <see cref="TrainingLoop"/>.</summary>
public sealed class SpeechRun
{
    private readonly SpeechRecipe _recipe;
    private readonly string _path;

    private SpeechRun(SpeechRecipe recipe, string path) => (_recipe, _path) = (recipe, path);

    /// <summary>Reads the settings of a recipe.</summary>
    /// <exception cref="RecipeException">Settings are unknown or out of range; lists all problems.</exception>
    public static SpeechRun Of(RunRecipe recipe) => new(SpeechRecipeFile.Parse(recipe.Text, recipe.Path, recipe.Run), recipe.Path);

    /// <summary>Steps of all phases.</summary>
    public long Steps => _recipe.Phases.Sum(phase => (long)phase.Steps);

    /// <inheritdoc cref="SpeechRecipeInputs.Check"/>
    public SpeechRecipeInputs Check(bool readsAll = false, int threads = 0, Action<int, int>? progress = null, CancellationToken cancellation = default) =>
        SpeechRecipeInputs.Check(_recipe, _path, readsAll, threads, progress, cancellation);

    /// <inheritdoc cref="SpeechCorpus.Load"/>
    public SpeechCorpus Load(int threads = 0, Action<string, int, int>? progress = null, CancellationToken cancellation = default) =>
        SpeechCorpus.Load(_recipe, threads, progress, cancellation);

    /// <summary>What must be aligned before the run can learn to speak; null: nothing.</summary>
    public RecordingsToAlign? ToAlign => _recipe.Speak is not { Alignments: [] } speak ? null
        : new RecordingsToAlign(_recipe.Model.InitialiseFrom!, _recipe.Data.Manifests, [.. speak.Draws.Where(draw => draw.Value > 0).Select(draw => draw.Key)],
            _recipe.Data.Split, [.. _recipe.Data.Dictionaries.Where(File.Exists)], _recipe.Data.LetterToSound);

    /// <summary>The same run with alignments.</summary>
    public SpeechRun With(IReadOnlyList<string> alignments) => new(_recipe with { Speak = _recipe.Speak! with { Alignments = [.. alignments] } }, _path);

    /// <inheritdoc cref="SynthesisCorpus.Load"/>
    /// <returns>The recordings to be spoken, which the caller keeps; null: the recipe has none.</returns>
    public SynthesisCorpus? LoadSpoken(int threads = 0, Action<int, int>? progress = null, CancellationToken cancellation = default) =>
        _recipe.Speak is { } speak ? SynthesisCorpus.Load(speak, _recipe.Spoken, _path, threads, progress, cancellation) : null;

    /// <summary>Builds the model with its initial values.</summary>
    /// <param name="corpus">The data, from <see cref="Load"/>.</param>
    /// <param name="threads">Number of threads; 0: one per processor.</param>
    /// <param name="ranks">The processes that train together; null: this one alone.</param>
    /// <param name="spoken">The recordings to be spoken, from <see cref="LoadSpoken"/>, which the caller keeps.</param>
    public SpeechTask Build(SpeechCorpus corpus, int threads = 0, IRanks? ranks = null, SynthesisCorpus? spoken = null) => new(_recipe, corpus, threads, ranks, spoken);

    /// <summary>
    /// Each manifest of the recipe with its datasets that have rows of a split to measure on; none for shards. Rows that name no split are trained on and do not count.
    /// </summary>
    /// <exception cref="ManifestException">A manifest is missing or damaged.</exception>
    public IEnumerable<(string Manifest, IReadOnlyList<string> Datasets)> ToMeasure(string split) =>
        SpeechValidation.Of(_recipe.Data, split).Select(found => (found.Manifest, found.Datasets));
}

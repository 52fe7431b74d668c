using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Speech;

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

    /// <summary>Builds the model with its initial values.</summary>
    /// <param name="corpus">The data, from <see cref="Load"/>.</param>
    /// <param name="threads">Number of threads; 0: one per processor.</param>
    /// <param name="ranks">The processes that train together; null: this one alone.</param>
    public SpeechTask Build(SpeechCorpus corpus, int threads = 0, IRanks? ranks = null) => new(_recipe, corpus, threads, ranks);

    /// <summary>
    /// Each manifest of the recipe with its datasets that have rows of a split to measure on; none for shards. Rows that name no split are trained on and do not count.
    /// </summary>
    /// <exception cref="ManifestException">A manifest is missing or damaged.</exception>
    public IEnumerable<(string Manifest, IReadOnlyList<string> Datasets)> ToMeasure(string split) =>
        SpeechValidation.Of(_recipe.Data, split).Select(found => (found.Manifest, found.Datasets));
}

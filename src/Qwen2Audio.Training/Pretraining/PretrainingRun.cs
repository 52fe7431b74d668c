using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Pretraining;

/// <summary>Training of a language model on text by a recipe: its data, and the task for <see cref="TrainingLoop"/>.</summary>
public sealed class PretrainingRun
{
    private readonly PretrainingRecipe _recipe;
    private readonly string _path;

    private PretrainingRun(PretrainingRecipe recipe, string path) => (_recipe, _path) = (recipe, path);

    /// <summary>Steps of the run.</summary>
    public long Steps => _recipe.Steps;

    /// <summary>Whether there are sentences to measure on.</summary>
    public bool Measures => _recipe.Data.Validation.Length > 0;

    /// <summary>Whether a recipe is for a language model: it has <c>task: language-model</c>.</summary>
    /// <exception cref="RecipeException">The text is not YAML, or names an unknown task.</exception>
    public static bool Is(RunRecipe recipe) => RecipeReader.TaskOf(recipe.Text, recipe.Path) == RecipeKind.LanguageModel;

    /// <summary>Reads the settings of a recipe.</summary>
    /// <exception cref="RecipeException">Settings are unknown or out of range; lists all problems.</exception>
    public static PretrainingRun Of(RunRecipe recipe) => new(PretrainingRecipe.Parse(recipe.Text, recipe.Path), recipe.Path);

    /// <inheritdoc cref="TextCorpus.Load"/>
    /// <param name="progress">Called with the number of files read and the total.</param>
    /// <param name="cancellation">Cancels the work.</param>
    public TextCorpus Load(Action<int, int>? progress = null, CancellationToken cancellation = default) => TextCorpus.Load(_recipe, _path, progress, cancellation);

    /// <summary>Builds the model with its initial values.</summary>
    /// <param name="corpus">The data, from <see cref="Load"/>.</param>
    /// <param name="threads">Number of threads; 0: one per processor.</param>
    /// <param name="ranks">The processes that train together; null: this one alone.</param>
    public PretrainingTask Build(TextCorpus corpus, int threads = 0, IRanks? ranks = null) => new(_recipe, corpus, threads, ranks);
}

using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Synthesis;

/// <summary>Training of a model that speaks by a recipe: its data, and the task for <see cref="TrainingLoop"/>.</summary>
public sealed class SynthesisRun
{
    private readonly SynthesisRecipe _recipe;
    private readonly string _path;

    private SynthesisRun(SynthesisRecipe recipe, string path) => (_recipe, _path) = (recipe, path);

    /// <summary>Steps of all phases.</summary>
    public long Steps => _recipe.Steps;

    /// <summary>Whether a recipe is for a model that speaks: it has <c>task: synthesis</c>.</summary>
    /// <exception cref="RecipeException">The text is not YAML, or names an unknown task.</exception>
    public static bool Is(RunRecipe recipe) => RecipeReader.TaskOf(recipe.Text, recipe.Path) == RecipeKind.Synthesis;

    /// <summary>Reads the settings of a recipe.</summary>
    /// <exception cref="RecipeException">Settings are unknown or out of range; lists all problems.</exception>
    public static SynthesisRun Of(RunRecipe recipe) => new(SynthesisRecipe.Parse(recipe.Text, recipe.Path, recipe.Run), recipe.Path);

    /// <inheritdoc cref="SynthesisCorpus.Load"/>
    /// <param name="threads">Number of threads; 0: one per processor.</param>
    /// <param name="progress">Called with the number of recordings read and the total.</param>
    /// <param name="cancellation">Cancels the work.</param>
    public SynthesisCorpus Load(int threads = 0, Action<int, int>? progress = null, CancellationToken cancellation = default) =>
        SynthesisCorpus.Load(_recipe, _path, threads, progress, cancellation);

    /// <summary>Builds the model with its initial values.</summary>
    /// <param name="corpus">The data, from <see cref="Load"/>, which the caller keeps.</param>
    /// <param name="threads">Number of threads; 0: one per processor.</param>
    /// <param name="ranks">The processes that train together; null: this one alone.</param>
    public SynthesisTask Build(SynthesisCorpus corpus, int threads = 0, IRanks? ranks = null) => new(_recipe, corpus, threads, ranks);
}

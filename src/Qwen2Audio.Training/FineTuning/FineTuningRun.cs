using Qwen2Audio.Formats;
using Qwen2Audio.Text;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.FineTuning;

/// <summary>Fine-tuning of a published model by a recipe: the base model, its data, and the task for <see cref="TrainingLoop"/>.</summary>
public sealed class FineTuningRun : IDisposable
{
    private readonly FineTuningRecipe _recipe;
    private readonly string _path;
    private readonly BaseModel _model;

    private FineTuningRun(FineTuningRecipe recipe, string path, BaseModel model) => (_recipe, _path, _model) = (recipe, path, model);

    /// <summary>The base model, as the recipe names it.</summary>
    public string Base => _recipe.Model.Base;

    /// <summary>True when the samples are pairs of answers, false when they are conversations.</summary>
    public bool HasPairs => _recipe.Method == FineTuningMethod.Preferences;

    /// <summary>Number of elements of the base model.</summary>
    public long Parameters => _model.Description.Parameters;

    /// <summary>Warnings from opening the base model.</summary>
    public IReadOnlyList<string> Warnings => _model.Warnings;

    /// <summary>Reads the settings of a recipe and opens its base model.</summary>
    /// <param name="find">Turns the recipe's name of the base model into a path.</param>
    /// <exception cref="RecipeException">Settings are unknown or out of range; lists all problems.</exception>
    /// <exception cref="CheckpointException">The folder does not exist, or weights are damaged, missing, or of the wrong shape or type.</exception>
    /// <exception cref="ConfigException">config.json is damaged, or the kind of model cannot be fine-tuned.</exception>
    /// <exception cref="TokenizerFileException">The tokenizer is missing or does not fit the model, or the chat template is unknown.</exception>
    public static FineTuningRun Open(RunRecipe recipe, Func<string, string> find)
    {
        var settings = FineTuningRecipeFile.Parse(recipe.Text, recipe.Path);
        return new FineTuningRun(settings, recipe.Path, BaseModel.Open(find(settings.Model.Base), settings.Model.Template));
    }

    /// <inheritdoc cref="TuningData.Load"/>
    public TuningData Load(int threads = 0, CancellationToken cancellation = default) => TuningData.Load(_recipe, _model, _path, threads, cancellation);

    /// <inheritdoc cref="FineTuningTask.Check"/>
    public (long TrainedParameters, long MemoryBytes) Check(TuningData data) => FineTuningTask.Check(_recipe, _model, data, _path);

    /// <summary>Builds the trained model with its initial values.</summary>
    /// <param name="data">The samples, from <see cref="Load"/>.</param>
    /// <param name="threads">Number of threads; 0: one per processor.</param>
    /// <param name="ranks">The processes that train together; null: this one alone.</param>
    /// <exception cref="RecipeException">The model or the number of ranks does not allow the settings, or there is too little memory.</exception>
    public FineTuningTask Build(TuningData data, int threads = 0, IRanks? ranks = null) => new(_recipe, _model, data, _path, threads, ranks);

    public void Dispose() => _model.Dispose();
}

using Qwen2Audio.Model.FrameCodec;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Codec;

/// <summary>Training of a codec by a recipe: its data, what it needs, and the task for <see cref="TrainingLoop"/>.</summary>
public sealed class CodecRun
{
    private readonly CodecRecipe _recipe;
    private readonly string _path;

    private CodecRun(CodecRecipe recipe, string path) => (_recipe, _path) = (recipe, path);

    /// <summary>Sizes of the codec.</summary>
    public FrameCodecConfig Model => _recipe.Model;

    /// <summary>Steps of all phases.</summary>
    public long Steps => _recipe.Steps;

    /// <summary>Whether a recipe is for a codec: it has <c>task: codec</c>.</summary>
    /// <exception cref="RecipeException">The text is not YAML, or names an unknown task.</exception>
    public static bool Is(RunRecipe recipe) => RecipeReader.TaskOf(recipe.Text, recipe.Path) == RecipeKind.Codec;

    /// <summary>Reads the settings of a recipe.</summary>
    /// <exception cref="RecipeException">Settings are unknown or out of range; lists all problems.</exception>
    public static CodecRun Of(RunRecipe recipe) => new(CodecRecipeFile.Parse(recipe.Text, recipe.Path, recipe.Run), recipe.Path);

    /// <inheritdoc cref="CodecCorpus.Load"/>
    public CodecCorpus Load(int threads = 0, Action<int, int>? progress = null, CancellationToken cancellation = default) =>
        CodecCorpus.Load(_recipe, _path, threads, progress, cancellation);

    /// <inheritdoc cref="CodecTask.Needs"/>
    public (long Parameters, long Bytes) Needs(CodecCorpus corpus) => CodecTask.Needs(_recipe, corpus);

    /// <summary>Builds the codec with its initial values; codebooks are initialised before the first step.</summary>
    /// <param name="corpus">The data, from <see cref="Load"/>.</param>
    /// <param name="threads">Number of threads; 0: one per processor.</param>
    /// <param name="ranks">The processes that train together; null: this one alone.</param>
    /// <exception cref="RanksException">There are more ranks than crops in a step.</exception>
    public CodecTask Build(CodecCorpus corpus, int threads = 0, IRanks? ranks = null) => new(_recipe, corpus, threads, ranks);
}

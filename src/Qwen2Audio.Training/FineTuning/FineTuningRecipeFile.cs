using Qwen2Audio.Checkpoints;
using Qwen2Audio.Training.Recipes;

namespace Qwen2Audio.Training.FineTuning;

/// <summary>Reads and checks a fine-tuning recipe.</summary>
internal static class FineTuningRecipeFile
{
    /// <summary>Reads YAML with names like <c>row_tokens</c>; unknown names and repeated keys are rejected.</summary>
    /// <exception cref="RecipeException">The file cannot be read, or settings are out of range; lists all problems.</exception>
    public static FineTuningRecipe Read(string path) => Parse(RecipeReader.ReadText(path), path);

    /// <summary>Like <see cref="Read"/>, from text; <paramref name="path"/> is used in messages and as the base of relative paths.</summary>
    public static FineTuningRecipe Parse(string text, string path)
    {
        var recipe = RecipeReader.Parse<FineTuningRecipe>(text, path, FineTuningRecipeRules.Problems);
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string Full(string file) => Path.GetFullPath(file, folder);
        var data = recipe.Data;
        return recipe with
        {
            // the name of a downloaded model stays a name
            Model = recipe.Model with { Base = ModelSource.Is(Full(recipe.Model.Base)) ? Full(recipe.Model.Base) : recipe.Model.Base },
            Data = data with
            {
                Train = [.. data.Train.Select(Full)],
                Validation = [.. data.Validation.Select(Full)],
                Augmentation = data.Augmentation is null ? null
                    : data.Augmentation with { NoiseSources = [.. data.Augmentation.NoiseSources.Select(Full)] },
            },
        };
    }
}

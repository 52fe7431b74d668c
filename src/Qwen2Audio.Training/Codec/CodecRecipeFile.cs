using Qwen2Audio.Training.Recipes;

namespace Qwen2Audio.Training.Codec;

/// <summary>Reads and checks a recipe of a codec.</summary>
internal static class CodecRecipeFile
{
    /// <summary>Reads YAML with names like <c>learning_rate</c>; unknown names and repeated keys are rejected.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="path">Path of the recipe, for messages and as the base of relative paths.</param>
    /// <param name="run">The run's folder, as the base of stages.</param>
    /// <exception cref="RecipeException">Settings are out of range; lists all problems.</exception>
    public static CodecRecipe Parse(string text, string path, string? run = null)
    {
        var recipe = RecipeReader.Parse<CodecRecipe>(text, path, CodecRecipeRules.Problems);
        string Full(string name) => RecipePath.Full(name, path, run);
        return recipe with
        {
            InitialiseFrom = recipe.InitialiseFrom.Length == 0 ? "" : Full(recipe.InitialiseFrom),
            Teacher = recipe.Teacher.Length == 0 ? "" : Full(recipe.Teacher),
            Data = recipe.Data with { Manifests = [.. recipe.Data.Manifests.Select(Full)] },
        };
    }
}

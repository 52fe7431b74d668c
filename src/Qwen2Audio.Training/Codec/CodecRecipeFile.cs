using Qwen2Audio.Training.Recipes;

namespace Qwen2Audio.Training.Codec;

/// <summary>Reads and checks a recipe of a codec before anything is done with it.</summary>
public static class CodecRecipeFile
{
    /// <summary>Whether a text is a recipe for a codec: it has <c>task: codec</c>.</summary>
    /// <exception cref="RecipeException">It is no YAML, or names a task that there is not.</exception>
    public static bool Is(string text, string path) => RecipeReader.TaskOf(text, path) == RecipeKind.Codec;

    /// <summary>Reads YAML with names like <c>learning_rate</c>; unknown names and repeated keys are refused.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="path">For messages, and as the base of relative paths.</param>
    /// <exception cref="RecipeException">A setting is out of its range; all problems are listed.</exception>
    public static CodecRecipe Parse(string text, string path)
    {
        var recipe = RecipeReader.Parse<CodecRecipe>(text, path, CodecRules.Problems);
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return recipe with { Data = recipe.Data with { Manifests = [.. recipe.Data.Manifests.Select(manifest => Path.GetFullPath(manifest, folder))] } };
    }
}

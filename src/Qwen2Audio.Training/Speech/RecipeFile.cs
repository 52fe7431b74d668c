using Qwen2Audio.Training.Recipes;

namespace Qwen2Audio.Training.Speech;

/// <summary>Reads and checks a recipe of the small speech model before anything is done with it.</summary>
public static class RecipeFile
{
    /// <summary>Reads YAML with names like <c>learning_rate</c>; unknown names and repeated keys are refused.</summary>
    /// <exception cref="RecipeException">The file cannot be read or a setting is out of its range; all problems are listed.</exception>
    public static SpeechRecipe Read(string path) => Parse(RecipeReader.ReadText(path), path);

    /// <summary>As <see cref="Read"/>, from text; <paramref name="path"/> is for messages and as the base of relative paths.</summary>
    public static SpeechRecipe Parse(string text, string path) =>
        Resolve(RecipeReader.Parse<SpeechRecipe>(text, path, RecipeRules.Problems), Path.GetDirectoryName(Path.GetFullPath(path))!);

    private static SpeechRecipe Resolve(SpeechRecipe recipe, string folder)
    {
        string Full(string path) => Path.GetFullPath(path, folder);
        var data = recipe.Data;
        return recipe with
        {
            Data = data with
            {
                Manifests = [.. data.Manifests.Select(Full)],
                Dictionaries = [.. data.Dictionaries.Select(Full)],
                Synthetic = data.Synthetic is null ? null : data.Synthetic with { Folder = Full(data.Synthetic.Folder) },
            },
        };
    }
}

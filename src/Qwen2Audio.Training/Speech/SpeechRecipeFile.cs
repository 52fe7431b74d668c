using Qwen2Audio.Training.Recipes;

namespace Qwen2Audio.Training.Speech;

/// <summary>Reads and checks a recipe of the small speech model.</summary>
internal static class SpeechRecipeFile
{
    /// <summary>Reads YAML with names like <c>learning_rate</c>; unknown names and repeated keys are rejected.</summary>
    /// <exception cref="RecipeException">The file cannot be read, or settings are out of range; lists all problems.</exception>
    public static SpeechRecipe Read(string path) => Parse(RecipeReader.ReadText(path), path);

    /// <summary>Like <see cref="Read"/>, from text; <paramref name="path"/> is used in messages and as the base of relative paths, <paramref name="run"/> of stages.</summary>
    public static SpeechRecipe Parse(string text, string path, string? run = null) =>
        Resolve(RecipeReader.Parse<SpeechRecipe>(text, path, SpeechRecipeRules.Problems), path, run);

    private static SpeechRecipe Resolve(SpeechRecipe recipe, string file, string? run)
    {
        string Full(string path) => RecipePath.Full(path, file, run);
        var data = recipe.Data;
        return recipe with
        {
            Speak = recipe.Speak is { } speak ? speak with { Alignments = [.. speak.Alignments.Select(Full)], Codec = Full(speak.Codec) } : null,
            Model = recipe.Model with { InitialiseFrom = recipe.Model.InitialiseFrom is { } from ? Full(from) : null },
            Data = data with
            {
                Manifests = [.. data.Manifests.Select(Full)],
                Dictionaries = [.. data.Dictionaries.Select(Full)],
                Synthetic = data.Synthetic is null ? null : data.Synthetic with { Folder = Full(data.Synthetic.Folder) },
            },
        };
    }
}

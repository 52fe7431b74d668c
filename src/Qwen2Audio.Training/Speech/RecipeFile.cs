using Qwen2Audio.Formats;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Qwen2Audio.Training.Speech;

/// <summary>Reads and checks a training recipe before anything is done with it.</summary>
public static class RecipeFile
{
    /// <summary>Reads YAML with names like <c>learning_rate</c>; unknown names and repeated keys are refused.</summary>
    /// <exception cref="RecipeException">The file cannot be read or a setting is out of its range; all problems are listed.</exception>
    public static SpeechRecipe Read(string path)
    {
        string text;
        try
        {
            text = PlainFile.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RecipeException($"{path}: {exception.Message}", exception);
        }

        return Parse(text, path);
    }

    /// <summary>As <see cref="Read"/>, from text; <paramref name="path"/> is for messages and as the base of relative paths.</summary>
    public static SpeechRecipe Parse(string text, string path)
    {
        SpeechRecipe? recipe;
        try
        {
            var deserializer = new DeserializerBuilder()
                .WithNamingConvention(UnderscoredNamingConvention.Instance)
                .WithDuplicateKeyChecking()
                .Build();
            recipe = deserializer.Deserialize<SpeechRecipe>(text);
        }
        catch (YamlException exception)
        {
            if (Shape(text) is { Count: > 0 } found) throw new RecipeException($"{path}, {string.Join("; ", found)}", exception);
            var reason = exception.InnerException?.Message ?? exception.Message;
            throw new RecipeException($"{path}, line {exception.Start.Line}: {reason}", exception);
        }

        if (recipe is null) throw new RecipeException($"{path}: the recipe is empty.");
        // what stands there empty would count as 0 or as nothing
        if (Shape(text) is { Count: > 0 } wrong) throw new RecipeException($"{path}, {string.Join("; ", wrong)}");
        var problems = RecipeRules.Problems(recipe).ToList();
        if (problems.Count > 0) throw new RecipeException($"{path}: {string.Join("; ", problems)}.");
        return Resolve(recipe, Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    private static IReadOnlyList<string> Shape(string text)
    {
        try
        {
            return RecipeShape.Problems(text);
        }
        catch (YamlException)
        {
            return []; // no YAML: the first message says where
        }
    }

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

/// <summary>A training recipe that cannot be used: file, setting, what was found and what is allowed.</summary>
public sealed class RecipeException : Exception
{
    public RecipeException(string message)
        : base(message)
    {
    }

    public RecipeException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

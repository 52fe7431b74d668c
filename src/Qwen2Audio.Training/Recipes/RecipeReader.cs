using Qwen2Audio.Formats;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Qwen2Audio.Training.Recipes;

/// <summary>Reads recipes: YAML with names like <c>learning_rate</c>, in which unknown names and repeated keys are refused.</summary>
internal static class RecipeReader
{
    /// <summary>The text of a recipe.</summary>
    /// <exception cref="RecipeException">The file cannot be read.</exception>
    public static string ReadText(string path)
    {
        try
        {
            return PlainFile.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RecipeException($"{path}: {exception.Message}", exception);
        }
    }

    /// <summary>The settings that a text holds.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="path">For messages.</param>
    /// <param name="problems">What is out of its range.</param>
    /// <exception cref="RecipeException">The text is none of these settings; all problems are listed.</exception>
    public static T Parse<T>(string text, string path, Func<T, IEnumerable<string>> problems)
        where T : class
    {
        T? recipe;
        try
        {
            var deserializer = new DeserializerBuilder()
                .WithNamingConvention(UnderscoredNamingConvention.Instance)
                .WithDuplicateKeyChecking()
                .Build();
            recipe = deserializer.Deserialize<T>(text);
        }
        catch (YamlException exception)
        {
            if (Shape<T>(text) is { Count: > 0 } found) throw new RecipeException($"{path}, {string.Join("; ", found)}", exception);
            var reason = exception.InnerException?.Message ?? exception.Message;
            throw new RecipeException($"{path}, line {exception.Start.Line}: {reason}", exception);
        }

        if (recipe is null) throw new RecipeException($"{path}: the recipe is empty.");
        // what stands there empty would count as 0 or as nothing
        if (Shape<T>(text) is { Count: > 0 } wrong) throw new RecipeException($"{path}, {string.Join("; ", wrong)}");
        List<string> all = [.. problems(recipe)];
        return all.Count == 0 ? recipe : throw new RecipeException($"{path}: {string.Join("; ", all)}.");
    }

    private static IReadOnlyList<string> Shape<T>(string text)
    {
        try
        {
            return RecipeShape.Problems(text, typeof(T));
        }
        catch (YamlException)
        {
            return []; // no YAML: the first message says where
        }
    }
}

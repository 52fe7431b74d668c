using Qwen2Audio.Formats.Files;
using YamlDotNet.RepresentationModel;

namespace Qwen2Audio.Training.Recipes;

/// <summary>Reads recipes: YAML with names like <c>learning_rate</c>; unknown names and repeated keys are rejected.</summary>
internal static class RecipeReader
{
    private const int MaxBytes = 1 << 20;

    /// <summary>Reads the text of a recipe.</summary>
    /// <exception cref="RecipeException">The file cannot be read, is longer than 1 MiB or is not UTF-8.</exception>
    public static string ReadText(string path)
    {
        try
        {
            return PlainFile.ReadAllText(path, MaxBytes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RecipeException($"{path}: {PlainFile.Reason(exception, path)}", exception);
        }
    }

    /// <summary>The task that a recipe of <c>train</c> names, or <see cref="RecipeKind.Speech"/>.</summary>
    /// <exception cref="RecipeException">The text is not YAML, or names an unknown task.</exception>
    public static string TaskOf(string text, string path) => TaskOf(RecipeYaml.Root(text, path), path) ?? RecipeKind.Speech;

    private static string? TaskOf(YamlNode? root, string path)
    {
        if (root is not YamlMappingNode top || !top.Children.TryGetValue(RecipeKind.TaskSetting, out var node)) return null;
        if (node is YamlScalarNode { Value: { } name } && RecipeKind.Tasks.Contains(name, StringComparer.Ordinal)) return name;
        throw new RecipeException($"{path}, line {node.Start.Line}: task is {(node is YamlScalarNode { Value: { Length: > 0 } text } ? $"'{text}'" : "no name")}; {string.Join(" or ", RecipeKind.Tasks)} is needed");
    }

    /// <summary>The settings that a text holds.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="path">Path of the recipe, for messages.</param>
    /// <param name="problems">Returns the settings that are out of range.</param>
    /// <exception cref="RecipeException">The text does not parse as these settings; lists all problems.</exception>
    public static T Parse<T>(string text, string path, Func<T, IEnumerable<string>> problems)
        where T : class
    {
        if (RecipeYaml.Root(text, path) is not { } root || RecipeBinder.IsNothing(root)) throw new RecipeException($"{path}: the recipe is empty.");
        var kind = RecipeKind.Of(typeof(T));
        if (kind.Task is { } task && TaskOf(root, path) is { } named)
        {
            if (named != task) throw new RecipeException($"{path}: task is {named}; {task} is needed here");
            ((YamlMappingNode)root).Children.Remove(RecipeKind.TaskSetting);
        }

        if (root is YamlMappingNode top && RecipeKind.OtherKind(typeof(T), [.. top.Children.Keys.OfType<YamlScalarNode>().Select(key => key.Value ?? "")]) is { } mistaken)
            throw new RecipeException($"{path}: {mistaken}");
        var binder = new RecipeBinder();
        var recipe = binder.Settings(root, typeof(T)) as T;
        if (recipe is null || binder.Problems.Count > 0) throw new RecipeException($"{path}, {string.Join("; ", binder.Problems)}");
        List<string> all = [.. problems(recipe)];
        return all.Count == 0 ? recipe : throw new RecipeException($"{path}: {string.Join("; ", all)}.");
    }
}

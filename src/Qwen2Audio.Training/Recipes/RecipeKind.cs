using System.Reflection;

namespace Qwen2Audio.Training.Recipes;

/// <summary>Marks the record of a kind of recipe's settings.</summary>
/// <param name="command">The command that uses it.</param>
/// <param name="task">Value of the setting <c>task</c>, if the command has several kinds; null: there is no such setting.</param>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class RecipeOfAttribute(string command, string? task = null) : Attribute
{
    public string Command => command;

    public string? Task => task;
}

/// <summary>A kind of recipe: the command that uses it, its task, and its settings.</summary>
/// <param name="Command">The command.</param>
/// <param name="Task">Value of the setting <c>task</c>; null: there is no such setting.</param>
/// <param name="Settings">The record of its settings.</param>
internal sealed record RecipeKind(string Command, string? Task, Type Settings)
{
    /// <summary>Task of recipes for a codec.</summary>
    public const string Codec = "codec";

    /// <summary>Task of recipes for a language model of text.</summary>
    public const string LanguageModel = "language-model";

    /// <summary>Task of recipes without the setting.</summary>
    public const string Speech = "speech";

    /// <summary>The setting that names the task.</summary>
    public const string TaskSetting = "task";

    private static readonly RecipeKind[] All =
        [.. typeof(RecipeKind).Assembly.GetTypes().Select(type => (Type: type, Of: type.GetCustomAttribute<RecipeOfAttribute>()))
            .Where(found => found.Of is not null).Select(found => new RecipeKind(found.Of!.Command, found.Of.Task, found.Type))
            .OrderBy(kind => kind.Command, StringComparer.Ordinal).ThenBy(kind => kind.Task, StringComparer.Ordinal)];

    /// <summary>All tasks.</summary>
    public static IEnumerable<string> Tasks => All.Select(kind => kind.Task).OfType<string>();

    /// <summary>The kind of these settings.</summary>
    public static RecipeKind Of(Type settings) => All.Single(kind => kind.Settings == settings);

    /// <summary>The problem of a recipe that belongs to another command or task; null when it does not.</summary>
    /// <param name="settings">The expected settings.</param>
    /// <param name="names">The recipe's top-level names.</param>
    public static string? OtherKind(Type settings, IReadOnlyCollection<string> names)
    {
        var own = RecipeBinder.NamesOf(settings);
        var unknown = names.Except(own, StringComparer.Ordinal).ToList();
        var (kind, foreign) = All.Where(kind => kind.Settings != settings).Select(kind => (Kind: kind, Theirs: RecipeBinder.NamesOf(kind.Settings)))
            .Select(other => (other.Kind, other.Theirs, Foreign: unknown.Intersect(other.Theirs, StringComparer.Ordinal).ToList()))
            .Where(other => other.Foreign.Count > names.Count(name => own.Contains(name) && !other.Theirs.Contains(name)))
            .Select(other => (other.Kind, other.Foreign)).OrderByDescending(other => other.Foreign.Count).FirstOrDefault();
        if (kind is null) return null;
        var all = string.Join(", ", foreign);
        return kind.Command == Of(settings).Command ? $"this is a recipe of the task {kind.Task}, which alone has {all}: write {TaskSetting}: {kind.Task}"
            : $"this is a recipe of {kind.Command}, which alone has {all}: run qwen2audio {kind.Command}";
    }
}

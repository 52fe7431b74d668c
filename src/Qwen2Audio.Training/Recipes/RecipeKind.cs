using System.Reflection;

namespace Qwen2Audio.Training.Recipes;

/// <summary>Marks the record of a kind of recipe's settings.</summary>
/// <param name="command">The command that takes it.</param>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class RecipeOfAttribute(string command) : Attribute
{
    public string Command => command;
}

/// <summary>A kind of recipe: the command that uses it, and its settings.</summary>
/// <param name="Command">The command.</param>
/// <param name="Settings">The record of its settings.</param>
internal sealed record RecipeKind(string Command, Type Settings)
{
    private static readonly RecipeKind[] All =
        [.. typeof(RecipeKind).Assembly.GetTypes().Select(type => (Type: type, Of: type.GetCustomAttribute<RecipeOfAttribute>()))
            .Where(found => found.Of is not null).Select(found => new RecipeKind(found.Of!.Command, found.Type)).OrderBy(kind => kind.Command, StringComparer.Ordinal)];

    /// <summary>The problem of a recipe that belongs to another command; null when it does not.</summary>
    /// <param name="settings">The expected settings.</param>
    /// <param name="names">The recipe's top-level names.</param>
    public static string? Mistaken(Type settings, IReadOnlyCollection<string> names)
    {
        var own = RecipeBinder.NamesOf(settings);
        var unknown = names.Except(own, StringComparer.Ordinal).ToList();
        foreach (var kind in All.Where(kind => kind.Settings != settings))
        {
            var theirs = RecipeBinder.NamesOf(kind.Settings);
            var foreign = unknown.Intersect(theirs, StringComparer.Ordinal).ToList();
            if (foreign.Count > names.Count(name => own.Contains(name) && !theirs.Contains(name)))
                return $"this is a recipe of {kind.Command}, which alone has {string.Join(", ", foreign)}: run qwen2audio {kind.Command}";
        }

        return null;
    }
}

namespace Qwen2Audio.Training.Recipes;

/// <summary>Paths in a recipe: relative to the recipe's folder, or <c>stage:NAME</c>, the run of another stage.</summary>
internal static class RecipePath
{
    private const string Stage = "stage:";

    /// <summary>Whether a path names a stage whose run is not known.</summary>
    public static bool IsOpen(string path) => path.StartsWith(Stage, StringComparison.Ordinal);

    /// <summary>The full path; a stage as it stands if there is no run, as in a check.</summary>
    /// <param name="value">What the recipe says.</param>
    /// <param name="recipe">The recipe's path.</param>
    /// <param name="run">The run's folder, in whose parent the other stages' runs are; null without a run.</param>
    /// <exception cref="RecipeException">The stage is no recipe beside this one; names those that are.</exception>
    public static string Full(string value, string recipe, string? run)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(recipe))!;
        if (!value.StartsWith(Stage, StringComparison.Ordinal)) return Path.GetFullPath(value, folder);
        var name = value[Stage.Length..];
        var stages = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.yaml").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal).ToList() : [name]; // a run may outlive its recipe's folder
        if (!stages.Contains(name)) throw new RecipeException($"{recipe}: {value}: found no recipe {name}.yaml beside it; allowed: {string.Join(", ", stages)}");
        return run is null ? value : Path.GetFullPath(Path.Combine(run, "..", name));
    }
}

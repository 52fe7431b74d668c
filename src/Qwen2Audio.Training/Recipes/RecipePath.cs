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
    public static string Full(string value, string recipe, string? run)
    {
        if (!value.StartsWith(Stage, StringComparison.Ordinal)) return Path.GetFullPath(value, Path.GetDirectoryName(Path.GetFullPath(recipe))!);
        return run is null ? value : Path.GetFullPath(Path.Combine(run, "..", value[Stage.Length..]));
    }
}

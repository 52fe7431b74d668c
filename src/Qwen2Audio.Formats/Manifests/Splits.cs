namespace Qwen2Audio.Formats.Manifests;

/// <summary>Names of splits. Manifests name the same split in several ways.</summary>
public static class Splits
{
    /// <summary>Clips to learn from; "training" is another name of it.</summary>
    public const string Train = "train";

    /// <summary>Clips to measure on; "dev", "valid" and "validation" are other names of it.</summary>
    public const string Validation = "val";

    /// <summary>
    /// Whether a row of one split is among those of another that is asked for. Upper and lower case are the same. Who asks for
    /// <see cref="Train"/> or <see cref="Validation"/> means its other names too; any other name stands for itself. A row without a split
    /// fits any.
    /// </summary>
    /// <param name="split">The row's.</param>
    /// <param name="asked">The one that is asked for.</param>
    public static bool Fits(string split, string asked) => split.Length == 0
        || string.Equals(split, asked, StringComparison.OrdinalIgnoreCase) || string.Equals(Standard(split), asked, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a split has one of the names that manifests use: those of training and validation, and "test".</summary>
    public static bool IsUsual(string split) => Standard(split) is Train or Validation or "test" || split.Length == 0;

    private static string Standard(string split) => split.ToLowerInvariant() switch
    {
        "training" => Train,
        "dev" or "valid" or "validation" => Validation,
        var other => other,
    };
}

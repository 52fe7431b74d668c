namespace Qwen2Audio.Formats.Manifests;

/// <summary>Names of splits. Manifests name the same split in several ways.</summary>
public static class Splits
{
    /// <summary>Clips to train on; also called "training".</summary>
    public const string Train = "train";

    /// <summary>Clips to measure on; also called "dev", "valid" or "validation".</summary>
    public const string Validation = "val";

    /// <summary>
    /// Whether a row of one split belongs to a requested split. Case is ignored. <see cref="Train"/> and <see cref="Validation"/> include their
    /// other names; any other name matches only itself. A row without a split matches any.
    /// </summary>
    /// <param name="split">The row's split.</param>
    /// <param name="requested">The requested split.</param>
    public static bool Matches(string split, string requested) => split.Length == 0
        || string.Equals(split, requested, StringComparison.OrdinalIgnoreCase) || string.Equals(Standard(split), requested, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a split has a standard name: one of those for training and validation, "test", or none.</summary>
    public static bool IsUsual(string split) => Standard(split) is Train or Validation or "test" || split.Length == 0;

    private static string Standard(string split) => split.ToLowerInvariant() switch
    {
        "training" => Train,
        "dev" or "valid" or "validation" => Validation,
        var other => other,
    };
}

using System.Buffers;

namespace Qwen2Audio.Training.Recipes;

/// <summary>Parses a setting's value. Forms that YAML versions read differently are rejected.</summary>
internal static class RecipeScalar
{
    private static readonly SearchValues<char> OctalDigits = SearchValues.Create("0123456789_");

    /// <summary>The value; null when the text does not parse as the type.</summary>
    public static object? Read(string text, Type type)
    {
        if (type == typeof(string)) return text.Length > 0 && !text.Contains('\0', StringComparison.Ordinal) && IsWhole(text) ? text : null;
        if (type == typeof(bool)) return bool.TryParse(text, out var truth) ? truth : null;
        if (type.IsEnum) return Array.Exists(Enum.GetNames(type), name => name.Equals(text, StringComparison.OrdinalIgnoreCase)) ? Enum.Parse(type, text, ignoreCase: true) : null;
        if (IsOctal(text)) return null;
        if (type == typeof(double)) return Number(text);
        return Whole(text) is not { } value ? null : type == typeof(long) ? value : value is >= int.MinValue and <= int.MaxValue ? (int)value : null;
    }

    /// <summary>What is needed instead of a text that does not parse as the type.</summary>
    public static string Needed(Type type, string? text = null) => type.IsEnum ? $"{string.Join(" or ", Enum.GetNames(type).Select(name => name.ToLowerInvariant()))} is needed"
        : type == typeof(string) ? "text is needed" : type == typeof(bool) ? "true or false is needed"
        : (type == typeof(double) ? "a number is needed" : "a whole number is needed") + (IsOctal(text) ? " without a zero in front, which makes it octal in YAML 1.1 and not in 1.2" : "");

    private static bool IsOctal(string? text)
    {
        var digits = text.AsSpan().TrimStart("+-");
        return digits.Length > 1 && digits[0] == '0' && !digits.ContainsAnyExcept(OctalDigits);
    }

    private static bool IsWhole(string text) => !text.EnumerateRunes().Contains(Rune.ReplacementChar) || text.Contains('\uFFFD', StringComparison.Ordinal);

    private static double? Number(string text) => text switch
    {
        ".inf" or ".Inf" or ".INF" or "+.inf" or "+.Inf" or "+.INF" => double.PositiveInfinity,
        "-.inf" or "-.Inf" or "-.INF" => double.NegativeInfinity,
        ".nan" or ".NaN" or ".NAN" => double.NaN,
        _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null,
    };

    private static long? Whole(string text)
    {
        if (text.StartsWith("0x", StringComparison.Ordinal))
            return long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex) && hex >= 0 ? hex : null;
        return long.TryParse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;
    }
}

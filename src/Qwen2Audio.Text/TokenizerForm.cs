using System.Text.Json;

namespace Qwen2Audio.Text;

/// <summary>
/// A construction that is implemented here: how text is cut before merging. Files name it by their tokenizer's class, or write the
/// pattern out, which is compared and never run.
/// </summary>
/// <param name="Classes">Values of <c>tokenizer_class</c> in tokenizer_config.json.</param>
/// <param name="Pattern">The pattern in tokenizer.json; null: the one built into the pre-tokenizer "ByteLevel".</param>
/// <param name="Composed">Whether text is brought to NFC first.</param>
/// <param name="Splitter">Cuts text.</param>
internal sealed record TokenizerForm(IReadOnlyList<string> Classes, string? Pattern, bool Composed, PieceSplitter Splitter)
{
    private const string BuiltIn = "the pattern built into ByteLevel";

    private static readonly TokenizerForm Qwen2 = new(["Qwen2Tokenizer", "Qwen2TokenizerFast"], Qwen2Splitter.Pattern, true, Qwen2Splitter.Split);

    private static readonly TokenizerForm Whisper = new(["WhisperTokenizer", "WhisperTokenizerFast"], null, false, Gpt2Splitter.Split);

    private static IReadOnlyList<TokenizerForm> All { get; } = [Qwen2, Whisper];

    /// <summary>The form of a class of tokenizers; when the file does not say Whisper's in a folder of Whisper, else Qwen2's.</summary>
    /// <exception cref="TokenizerFileException">Another class.</exception>
    public static TokenizerForm OfClass(string? name, string file, bool whisper) => name is null ? (whisper ? Whisper : Qwen2)
        : All.FirstOrDefault(form => form.Classes.Contains(name, StringComparer.Ordinal))
            ?? throw new TokenizerFileException(file, "tokenizer_class", $"\"{name}\"", string.Join(", ", All.SelectMany(form => form.Classes)));

    /// <summary>The form that <c>normalizer</c> and <c>pre_tokenizer</c> of tokenizer.json describe.</summary>
    /// <exception cref="TokenizerFileException">They describe none that is implemented here.</exception>
    public static TokenizerForm OfJson(JsonElement root, string file)
    {
        var composed = Normalizer(root, file);
        var pattern = PatternOf(root, file);
        return All.FirstOrDefault(form => form.Pattern == pattern && form.Composed == composed)
            ?? throw new TokenizerFileException(file, "pre_tokenizer", $"{pattern ?? BuiltIn} {(composed ? "after NFC" : "without normalisation")}",
                string.Join("; or ", All.Select(form => $"{form.Pattern ?? BuiltIn} {(form.Composed ? "after NFC" : "without normalisation")}"))
                + " (patterns are compared with those that are built in, never run)");
    }

    private static bool Normalizer(JsonElement root, string file)
    {
        if (!root.TryGetProperty("normalizer", out var normalizer) || normalizer.ValueKind == JsonValueKind.Null) return false;
        if (TokenizerJson.Text(normalizer, "type") == "NFC") return true;
        throw new TokenizerFileException(file, "normalizer", TokenizerJson.Text(normalizer, "type") ?? TokenIdFile.Short(normalizer), "null, or type NFC");
    }

    /// <summary>The pattern of a Split followed by ByteLevel, or null for ByteLevel with its own.</summary>
    private static string? PatternOf(JsonElement root, string file)
    {
        var pre = root.TryGetProperty("pre_tokenizer", out var found) ? found : default;
        if (IsByteLevel(pre, usesPattern: true)) return null;
        if (TokenizerJson.Text(pre, "type") == "Sequence" && pre.TryGetProperty("pretokenizers", out var parts) && parts.ValueKind == JsonValueKind.Array
            && parts.GetArrayLength() == 2 && IsSplit(parts[0], out var pattern) && IsByteLevel(parts[1], usesPattern: false)) return pattern;
        throw new TokenizerFileException(file, "pre_tokenizer", TokenizerJson.Text(pre, "type") is { } type ? $"type {type} of a construction that is not known" : "nothing",
            "a Sequence of Split (Isolated, by a known Regex) and ByteLevel, or ByteLevel alone, without prefix space");
    }

    private static bool IsSplit(JsonElement part, out string? pattern)
    {
        pattern = part.TryGetProperty("pattern", out var holder) ? TokenizerJson.Text(holder, "Regex") : null;
        return pattern is not null && TokenizerJson.Text(part, "type") == "Split" && TokenizerJson.Text(part, "behavior") == "Isolated"
            && !TokenizerJson.IsTrue(part, "invert");
    }

    private static bool IsByteLevel(JsonElement part, bool usesPattern) =>
        TokenizerJson.Text(part, "type") == "ByteLevel" && !TokenizerJson.IsTrue(part, "add_prefix_space")
        && (!part.TryGetProperty("use_regex", out var regex) || regex.ValueKind == JsonValueKind.True) == usesPattern;
}

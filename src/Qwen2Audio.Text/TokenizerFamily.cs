namespace Qwen2Audio.Text;

/// <summary>
/// A supported kind of tokenizer: how text is split before merging. Files name it by the tokenizer's class or contain the pattern, which is
/// compared and never run.
/// </summary>
/// <param name="Classes">Values of <c>tokenizer_class</c> in tokenizer_config.json.</param>
/// <param name="Pattern">The pattern in tokenizer.json; null: the one built into the pre-tokenizer "ByteLevel".</param>
/// <param name="Composed">Whether text is converted to NFC first.</param>
/// <param name="Pretokenizer">Splits text.</param>
internal sealed record TokenizerFamily(IReadOnlyList<string> Classes, string? Pattern, bool Composed, Pretokenizer Pretokenizer)
{
    private const string BuiltIn = "the pattern built into ByteLevel";

    private static readonly TokenizerFamily Qwen2 = new(["Qwen2Tokenizer", "Qwen2TokenizerFast"], Qwen2Pretokenizer.Pattern, true, Qwen2Pretokenizer.Split);

    private static readonly TokenizerFamily Whisper = new(["WhisperTokenizer", "WhisperTokenizerFast"], null, false, Gpt2Pretokenizer.Split);

    private static IReadOnlyList<TokenizerFamily> All { get; } = [Qwen2, Whisper];

    /// <summary>The family of a tokenizer class; without one, Whisper's for a Whisper folder and Qwen2's for others.</summary>
    /// <exception cref="TokenizerFileException">Another class.</exception>
    public static TokenizerFamily OfClass(string? name, string file, bool whisper) => name is null ? (whisper ? Whisper : Qwen2)
        : All.FirstOrDefault(form => form.Classes.Contains(name, StringComparer.Ordinal))
            ?? throw new TokenizerFileException(file, "tokenizer_class", $"\"{name}\"", string.Join(", ", All.SelectMany(form => form.Classes))
                + (TokenizerConfig.IsGeneral(name) ? "; that class needs tokenizer.json" : ""));

    /// <summary>The family that <c>normalizer</c> and <c>pre_tokenizer</c> of tokenizer.json describe.</summary>
    /// <exception cref="TokenizerFileException">The form is not supported.</exception>
    public static TokenizerFamily OfJson(JsonField root)
    {
        var composed = Normalizer(root["normalizer"]);
        var pattern = PatternOf(root["pre_tokenizer"]);
        return All.FirstOrDefault(form => form.Pattern == pattern && form.Composed == composed)
            ?? throw new TokenizerFileException(root.File, "pre_tokenizer", $"{pattern ?? BuiltIn} {(composed ? "after NFC" : "without normalisation")}",
                string.Join("; or ", All.Select(form => $"{form.Pattern ?? BuiltIn} {(form.Composed ? "after NFC" : "without normalisation")}"))
                + " (patterns are compared with the built-in ones, never run)");
    }

    private static bool Normalizer(JsonField normalizer)
    {
        if (normalizer.IsAbsent) return false;
        var type = normalizer["type"].Text();
        return type == "NFC" ? true : throw new TokenizerFileException(normalizer.File, normalizer.Place, type, "null, or type NFC");
    }

    /// <summary>The pattern of a Split followed by ByteLevel, or null for ByteLevel with its own.</summary>
    private static string? PatternOf(JsonField pre)
    {
        const string allowed = "a Sequence of Split (Isolated, by a known Regex) and ByteLevel, or only ByteLevel, without prefix space";
        if (pre.IsAbsent) throw pre.Wrong(allowed);
        var type = pre["type"].Text();
        if (IsByteLevel(pre, usesPattern: true)) return null;
        if (type == "Sequence" && pre["pretokenizers"] is { IsList: true, Count: 2 } parts)
        {
            JsonField[] both = [.. parts.Items()];
            if (IsSplit(both[0], out var pattern) && IsByteLevel(both[1], usesPattern: false)) return pattern;
        }

        throw new TokenizerFileException(pre.File, pre.Place, $"type {type} in an unknown construction", allowed);
    }

    private static bool IsSplit(JsonField part, out string? pattern)
    {
        pattern = part["type"].Text() == "Split" ? part["pattern"]["Regex"].TextOrNull() : null;
        return pattern is not null && part["behavior"].Text() == "Isolated" && !part["invert"].Flag();
    }

    private static bool IsByteLevel(JsonField part, bool usesPattern) =>
        part["type"].Text() == "ByteLevel" && !part["add_prefix_space"].Flag() && part["use_regex"].Flag(otherwise: true) == usesPattern;
}

namespace Qwen2Audio.Fuzz.Mutation;

/// <summary>Values that readers of text trip over, whatever the format.</summary>
internal static class Words
{
    /// <summary>Numbers as text: at the edges of what types hold, and written in unusual ways.</summary>
    public static IReadOnlyList<string> Numbers { get; } =
    [
        "0", "1", "2", "3", "7", "8", "16", "31", "33", "64", "127", "128", "255", "256", "1000", "65535", "65536", "-0", "-1", "-2", "-128", "0.5", "-0.5", "1.5", "1e3", "1E400", "-1e400",
        "1e-400", "1e308", "4e-324", "2147483646", "2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296", "9007199254740993",
        "4611686018427387904", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551615", "18446744073709551616",
        "99999999999999999999999999999999999999", "0.1e1", "00", "011", "0x7f", "0xFFFFFFFFF", "0o17", "1_000", "1,5", "+1", ".5", "5.", "1e", "NaN", "nan", ".nan",
        "Infinity", "-Infinity", ".inf", "-.inf", "１２", "true", "false", "yes", "null", "~", "",
    ];

    /// <summary>Pieces of text: escapes, halves of surrogate pairs, controls, paths, expressions.</summary>
    public static IReadOnlyList<string> Texts { get; } =
    [
        "a", "A", "é", "e\u0301", "\u212B", "中文", "\U0001F600", "\u202E", "\u2028", "\u0085", "\uFEFF", "\uFFFD", "\uFFFF", "\0", "\t", "\r", "\n", "\r\n", "\u001B[31m", " ", "  ", "\u00A0", "\"", "'", "\\", "\\u0000",
        "\\ud800", "\\udc00", "\\ud83d\\ude00", "\\u0061", "\\x41", "\\", "/", "//", "..", "../", "../../..", "/dev/null/x", "C:\\x", "~", "file://x", "http://x/y", "data:,x", "%s%n", "{0}", "{}", "${x}", "$.a", "*",
        "[", "]", "{", "}", "(", ")", "(a+)+$", "(", "[a", "a{2147483647}", "(?<", "\\p{", "(?i)", "^", "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|AUDIO|>", "<audio>", "#", "# ", ";;;", "---", "...", "&a", "*a",
        "&a *a", "!!str", "!!binary", "!x", "? ", ": ", "- ", "|", ">", "<<: *a", "%YAML 9.9", "@", "`",
    ];

    /// <summary>Bytes that are not UTF-8: overlong, halves of surrogate pairs, beyond Unicode, cut off.</summary>
    public static IReadOnlyList<byte[]> NotUtf8 { get; } =
    [
        [0xFF], [0xFE, 0xFF], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xED, 0xB0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xE2, 0x82], [0xF0, 0x9F], [0x80],
    ];

    /// <summary>Openings and the endings that belong to them, for nesting.</summary>
    public static IReadOnlyList<(string Open, string Close)> Nests { get; } =
    [
        ("[", "]"), ("{\"a\":", "}"), ("[{\"a\":[", "]}]"), ("(", ")"), ("(?:", ")"), ("{a: ", "}"), ("- ", ""), ("? ", ""), (": ", ""), ("&a [", "]"), ("!x ", ""), ("\"", "\""), ("\\", ""), ("<|", "|>"), ("* ", ""),
    ];
}

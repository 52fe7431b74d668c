namespace Qwen2Audio.Tasks.Clips;

/// <summary>
/// Maps languages as people write them ("English", "EN", "en-US", <c>&lt;|en|&gt;</c>) to Whisper's codes, which are
/// mostly ISO 639-1.
/// </summary>
internal static class SpokenLanguage
{
    /// <summary>Lets the model detect the language.</summary>
    public const string Auto = "auto";

    private const string Table = """
        en english|zh chinese mandarin cmn|de german|es spanish castilian|ru russian|ko korean|fr french|ja japanese|pt portuguese|tr turkish|pl polish
        ca catalan valencian|nl dutch flemish|ar arabic|sv swedish|it italian|id indonesian in|hi hindi|fi finnish|vi vietnamese|he hebrew iw|uk ukrainian
        el greek|ms malay|cs czech|ro romanian moldavian moldovan mo|da danish|hu hungarian|ta tamil|no norwegian nb|th thai|ur urdu|hr croatian|bg bulgarian
        lt lithuanian|la latin|mi maori|ml malayalam|cy welsh|sk slovak|te telugu|fa persian farsi|lv latvian|bn bengali|sr serbian|az azerbaijani|sl slovenian
        kn kannada|et estonian|mk macedonian|br breton|eu basque|is icelandic|hy armenian|ne nepali|mn mongolian|bs bosnian|kk kazakh|sq albanian|sw swahili
        gl galician|mr marathi|pa punjabi panjabi|si sinhala sinhalese|km khmer|sn shona|yo yoruba|so somali|af afrikaans|oc occitan|ka georgian|be belarusian
        tg tajik|sd sindhi|gu gujarati|am amharic|yi yiddish ji|lo lao|uz uzbek|fo faroese|ht haitian haitian-creole|ps pashto pushto|tk turkmen|nn nynorsk
        mt maltese|sa sanskrit|lb luxembourgish letzeburgesch|my myanmar burmese|bo tibetan|tl tagalog fil filipino|mg malagasy|as assamese|tt tatar|haw hawaiian
        ln lingala|ha hausa|ba bashkir|jw javanese jv|su sundanese|yue cantonese
        """;

    private static readonly Dictionary<string, string> Codes = Table.Split(['|', '\n'], StringSplitOptions.TrimEntries)
        .Select(line => line.Split(' ')).SelectMany(words => words.Skip(1).Select(word => (word, words[0])))
        .ToDictionary(pair => pair.word, pair => pair.Item2, StringComparer.Ordinal);

    /// <summary>The model's code for a language; null: the model detects it.</summary>
    /// <exception cref="OptionException">The model does not have it.</exception>
    public static string? Choose(string? given, IReadOnlyCollection<string> codes) =>
        given is null || IsAuto(given) ? null : Find(given, codes.Contains) ?? throw new OptionException(
            $"Language \"{given}\"; the model has {string.Join(", ", codes.Order(StringComparer.Ordinal))} (names such as English count too, and {Auto}).");

    /// <summary>Whether the model should detect the language.</summary>
    public static bool IsAuto(string given) => string.Equals(given.Trim(), Auto, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a text has the form of a language code.</summary>
    public static bool IsCode(string text) => text.Length is 2 or 3 && text.All(char.IsAsciiLetterLower);

    /// <summary>The first form of a language that <paramref name="isKnown"/>: the text itself, the code of its name, or either without a region.</summary>
    public static string? Find(string given, Func<string, bool> isKnown)
    {
        var bare = given.Trim();
        if (bare.StartsWith("<|", StringComparison.Ordinal) && bare.EndsWith("|>", StringComparison.Ordinal) && bare.Length > 4) bare = bare[2..^2];
        bare = bare.ToLowerInvariant().Replace('_', '-').Replace(' ', '-');
        string?[] readings = [bare, Codes.GetValueOrDefault(bare), .. WithoutRegion(bare) is { } primary ? new[] { primary, Codes.GetValueOrDefault(primary) } : []];
        return readings.FirstOrDefault(reading => reading is not null && isKnown(reading));
    }

    // zh of zh-CN, zh-Hant-TW, es-419
    private static string? WithoutRegion(string tag)
    {
        var parts = tag.Split('-');
        return parts.Length is 2 or 3 && parts[0].Length is 2 or 3
            && parts.Skip(1).All(part => part.Length is 2 or 4 && part.All(char.IsAsciiLetterLower) || part.Length == 3 && part.All(char.IsAsciiDigit)) ? parts[0] : null;
    }
}

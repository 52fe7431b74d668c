namespace Qwen2Audio.Checkpoints.Punctuation;

/// <summary>The features by which marks and capitals are decided, as hashes: words near a place, and what the text has had so far.</summary>
public static class PunctuationFeatures
{
    /// <summary>Number of a place's features that depend on the words only.</summary>
    public const int Near = 20;

    /// <summary>Number of a place's features that depend on earlier marks.</summary>
    public const int Since = 6;

    /// <summary>Number of features of a capital.</summary>
    public const int Capital = 10;

    private const int LongestClause = 12;

    /// <summary>Features of the place after a word, from the words around it.</summary>
    /// <param name="words">The text.</param>
    /// <param name="at">The word.</param>
    /// <param name="features">Receives <see cref="Near"/> hashes.</param>
    public static void OfPlace(ReadOnlySpan<PunctuationWord> words, int at, Span<ulong> features)
    {
        var (a, b, c, d, e, f) = (Word(words, at - 2), Word(words, at - 1), Word(words, at), Word(words, at + 1), Word(words, at + 2), Word(words, at + 3));
        features[0] = Hash(0);
        features[1] = Hash(1, c.Text);
        features[2] = Hash(2, d.Text);
        features[3] = Hash(3, b.Text);
        features[4] = Hash(4, e.Text);
        features[5] = Hash(5, c.Text, d.Text);
        features[6] = Hash(6, d.Text, e.Text);
        features[7] = Hash(7, b.Text, c.Text);
        features[8] = Hash(8, b.Text, c.Text, d.Text);
        features[9] = Hash(9, c.Text, d.Text, e.Text);
        features[10] = Hash(10, d.Text, e.Text, f.Text);
        features[11] = Hash(11, b.Text, d.Text);
        features[12] = Hash(12, c.Text, e.Text);
        features[13] = Hash(13, f.Text);
        features[14] = Hash(14, c.Kind, d.Kind);
        features[15] = Hash(15, b.Kind, c.Kind, d.Kind);
        features[16] = Hash(16, c.Kind, d.Kind, e.Kind);
        features[17] = Hash(17, Hash(17, b.Kind, c.Kind), d.Kind, e.Kind);
        features[18] = Hash(18, Hash(18, c.Kind, d.Kind), e.Kind, f.Kind);
        features[19] = Hash(19, Hash(19, a.Kind, b.Kind), c.Kind, d.Kind);
    }

    /// <summary>Features of the place after a word, from the marks before it.</summary>
    /// <param name="words">The text.</param>
    /// <param name="at">The word.</param>
    /// <param name="sentence">The first word of the sentence.</param>
    /// <param name="clause">The first word after the last mark.</param>
    /// <param name="features">Receives <see cref="Since"/> hashes.</param>
    public static void OfHistory(ReadOnlySpan<PunctuationWord> words, int at, int sentence, int clause, Span<ulong> features)
    {
        var (first, next, opening) = (Word(words, sentence), Word(words, at + 1), Word(words, clause));
        var (length, since) = (Math.Min(at - clause, LongestClause), Length(at - sentence));
        var isLater = clause > sentence ? 1u : 0u;
        features[0] = Hash(30, (ulong)length, isLater);
        features[1] = Hash(31, (ulong)since);
        features[2] = Hash(32, first.Text, sentence < at ? Word(words, sentence + 1).Text : 0);
        features[3] = Hash(33, first.Text, isLater);
        features[4] = Hash(34, opening.Text, next.Text, isLater);
        features[5] = Hash(35, next.Text, (ulong)Math.Min(length, 4), isLater);
    }

    /// <summary>Features of a word that may have a capital.</summary>
    /// <param name="words">The text.</param>
    /// <param name="at">The word.</param>
    /// <param name="afterMark">Whether a mark precedes it.</param>
    /// <param name="before">Whether the word before usually has a capital.</param>
    /// <param name="after">Whether the word after does.</param>
    /// <param name="features">Receives <see cref="Capital"/> hashes.</param>
    public static void OfCapital(ReadOnlySpan<PunctuationWord> words, int at, bool afterMark, bool before, bool after, Span<ulong> features)
    {
        var (b, c, d) = (Word(words, at - 1), Word(words, at), Word(words, at + 1));
        var around = (before ? 1u : 0) + (after ? 2u : 0) + (afterMark ? 4u : 0);
        features[0] = Hash(50, around);
        features[1] = Hash(51, b.Text, c.Text);
        features[2] = Hash(52, c.Text, d.Text);
        features[3] = Hash(53, b.Text);
        features[4] = Hash(54, d.Text);
        features[5] = Hash(55, c.Text, around);
        features[6] = Hash(56, b.Kind, d.Kind);
        features[7] = Hash(57, b.Text, around);
        features[8] = Hash(58, d.Text, around);
        features[9] = Hash(59, c.Kind, around);
    }

    /// <summary>The place of a feature in a table of this many rows.</summary>
    public static int Row(ulong feature, int rows) => (int)(((feature >> 32) * (ulong)rows) >> 32);

    private static PunctuationWord Word(ReadOnlySpan<PunctuationWord> words, int at) => at >= 0 && at < words.Length ? words[at] : PunctuationWord.Outside;

    private static int Length(int words) => words < 8 ? words : words < 16 ? 8 + ((words - 8) / 2) : Math.Min(12 + ((words - 16) / 8), 16);

    private static ulong Hash(ulong template, ulong a = 0, ulong b = 0, ulong c = 0)
    {
        var hash = Mix(template + 0x9E3779B97F4A7C15);
        hash = Mix(hash ^ a);
        if (b != 0) hash = Mix(hash + b);
        return c == 0 ? hash : Mix(hash + (c * 0xD1342543DE82EF95));
    }

    // the finaliser of SplitMix64
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}

namespace Qwen2Audio.Evaluation;

/// <summary>Word error rate of a corpus: total errors divided by total reference words (not a mean of rates).</summary>
internal sealed class WordErrorRate
{
    private readonly TextNormaliser _normaliser;

    /// <summary>Starts empty; texts are compared by lower-case words.</summary>
    public WordErrorRate()
        : this(TextNormaliser.LowerWords)
    {
    }

    /// <summary>Starts empty; texts are normalised before they are compared.</summary>
    public WordErrorRate(TextNormaliser normaliser) => _normaliser = normaliser;

    /// <summary>Name of the normaliser, to be reported with the rate.</summary>
    public string Normaliser => _normaliser.Name;

    /// <summary>Pairs so far.</summary>
    public int Pairs { get; private set; }

    /// <summary>Pairs without any error.</summary>
    public int ExactPairs { get; private set; }

    /// <summary>Counts summed over the pairs.</summary>
    public ErrorCounts Counts { get; private set; }

    /// <summary>Errors / reference words.</summary>
    public double Rate => Counts.Rate;

    /// <summary>Adds a pair and returns its own counts.</summary>
    public ErrorCounts Add(string reference, string hypothesis)
    {
        var counts = OfWords(_normaliser.Apply(reference), _normaliser.Apply(hypothesis));
        Counts += counts;
        Pairs++;
        if (counts.Errors == 0) ExactPairs++;
        return counts;
    }

    /// <summary>Word counts of a pair without normalisation; words are separated by a space (U+0020) or by two or more white-space characters.</summary>
    public static ErrorCounts OfWords(string reference, string hypothesis) =>
        ErrorCounts.Compare<string>(Words(reference), Words(hypothesis));

    /// <summary>Character counts of a pair (Unicode code points, spaces included, ends trimmed).</summary>
    public static ErrorCounts OfCharacters(string reference, string hypothesis) =>
        ErrorCounts.Compare<Rune>([.. reference.Trim().EnumerateRunes()], [.. hypothesis.Trim().EnumerateRunes()]);

    private static string[] Words(string text)
    {
        var joined = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length;)
        {
            var end = i;
            while (end < text.Length && char.IsWhiteSpace(text[end])) end++;
            if (end - i > 1) joined.Append(' ');
            else joined.Append(text[i]);
            i = Math.Max(end, i + 1);
        }

        return joined.ToString().Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }
}

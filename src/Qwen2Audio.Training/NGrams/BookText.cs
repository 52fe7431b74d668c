using System.Text.RegularExpressions;
using Qwen2Audio.Text.FrontEnd;

namespace Qwen2Audio.Training.NGrams;

/// <summary>The prose of a book, for a language model: without Project Gutenberg's licence, headings, tables, notes in brackets, and tags.</summary>
public static partial class BookText
{
    private const int Beginning = 80_000; // characters in which the licence may end
    private const int HeadingSample = 200; // characters of a paragraph
    private const double LowerCase = 0.4; // of a paragraph's characters; headings and tables have fewer

    /// <summary>The sentences of a book, as <see cref="PlainSentences"/> gives them, each of two words or more; null for those of which a part cannot be spoken. Those that fall into two at a page's end stay two.</summary>
    /// <param name="book">The whole text.</param>
    public static IEnumerable<string?> Sentences(string book)
    {
        ArgumentNullException.ThrowIfNull(book);
        return Breaks().Split(Body(book.ReplaceLineEndings("\n"))).Where(IsProse).SelectMany(paragraph => PlainSentences.Of(Prose(paragraph))).Where(sentence => sentence?.Contains(' ', StringComparison.Ordinal) != false);
    }

    private static string Body(string book)
    {
        var head = Head().Match(book[..Math.Min(book.Length, Beginning)]);
        if (head.Success) book = book[(head.Index + head.Length)..];
        var tail = Tail().Match(book, book.Length * 3 / 4);
        return tail.Success ? book[..tail.Index] : book;
    }

    private static bool IsProse(string paragraph)
    {
        var sample = paragraph.AsSpan(0, Math.Min(paragraph.Length, HeadingSample));
        var lower = 0;
        foreach (var c in sample)
            if (char.IsLower(c)) lower++;
        return lower >= LowerCase * sample.Length && lower > 0;
    }

    // "to-day" is one word in speech; dashes stand between words, and underscores mark emphasis
    private static string Prose(string paragraph) => ToDay().Replace(Notes().Replace(paragraph.Replace('\n', ' '), " "), "$1o$2").Replace("--", " – ", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);

    [GeneratedRegex(@"\n\s*\n")]
    private static partial Regex Breaks();

    [GeneratedRegex(@"\*\*\* ?START OF [^*]{0,300}\*\*\*|\*END[* ]THE SMALL PRINT[^\n]*")]
    private static partial Regex Head();

    [GeneratedRegex(@"\*\*\* ?END OF TH|^End of (the )?Project Gutenberg", RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex Tail();

    [GeneratedRegex(@"\[[^\]]{0,200}\]|<[^>]{0,80}>")]
    private static partial Regex Notes();

    [GeneratedRegex(@"\b([Tt])o-(day|night|morrow)\b")]
    private static partial Regex ToDay();
}

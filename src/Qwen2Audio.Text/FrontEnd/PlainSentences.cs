namespace Qwen2Audio.Text.FrontEnd;

/// <summary>Text as a language model of speech reads it: sentences of spoken words, in lower case and without punctuation. Numbers, dates and abbreviations are words, as <see cref="TextFrontEnd"/> says them.</summary>
public static class PlainSentences
{
    private static readonly TextFrontEndOptions Options = new();

    /// <summary>The sentences of a text, words separated by single spaces; sentences without a word are left out, and those of which a part cannot be spoken (another script) are null. Words in capitals are words, not letters to be spelled.</summary>
    /// <param name="text">The text; blank lines end sentences.</param>
    public static IEnumerable<string?> Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return All();

        IEnumerable<string?> All()
        {
            var splitter = new SentenceSplitter();
            splitter.Add(text);
            while (splitter.Next(isEnd: true) is { } sentence)
            {
                var normal = Normaliser.Read(sentence, _ => true, Options);
                if (normal.Warnings.Count > 0) yield return null;
                else if (normal.Words.Count > 0) yield return string.Join(' ', normal.Words.Select(word => word.Text));
            }
        }
    }
}

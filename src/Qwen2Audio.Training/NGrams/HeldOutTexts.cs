namespace Qwen2Audio.Training.NGrams;

/// <summary>Texts that a model is measured on, to keep sentences that share <see cref="Length"/> words in a row with them out of its training text.</summary>
public sealed class HeldOutTexts
{
    /// <summary>The number of words in a row.</summary>
    public const int Length = 8;

    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _parts;

    /// <summary>Takes texts of words separated by single spaces; those with fewer words hold nothing back.</summary>
    public HeldOutTexts(IEnumerable<string> texts) =>
        _parts = texts.SelectMany(text => Parts(text).Select(part => text[part])).ToHashSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Whether a sentence, words separated by single spaces, shares that many words in a row with one of the texts. Threads may call it at once.</summary>
    public bool Share(string sentence) => _parts.Set.Count > 0 && Parts(sentence).Any(part => _parts.Contains(sentence.AsSpan(part)));

    private static IEnumerable<Range> Parts(string text)
    {
        var starts = new Queue<int>(Length);
        for (var at = 0; at < text.Length;)
        {
            starts.Enqueue(at);
            var end = text.IndexOf(' ', at) is >= 0 and var space ? space : text.Length;
            if (starts.Count == Length) yield return starts.Dequeue()..end;
            at = end + 1;
        }
    }
}

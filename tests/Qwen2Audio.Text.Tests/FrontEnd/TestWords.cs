using Qwen2Audio.Text.FrontEnd;

namespace Qwen2Audio.Text.Tests.FrontEnd;

/// <summary>A small dictionary without stress, and a guess for words of at least two letters that begin with z.</summary>
internal sealed class TestWords : IPronunciations
{
    public static string Folder { get; } = Path.Combine(Fixtures.Repository, "tests", "Qwen2Audio.Text.Tests", "FrontEnd");

    private static readonly Lazy<Dictionary<string, IReadOnlyList<Phone>[]>> Words = new(() => File.ReadLines(Path.Combine(Folder, "words.dict"))
        .Select(line => line.Split(' ')).GroupBy(parts => parts[0].Split('(')[0], StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.Select(parts => (IReadOnlyList<Phone>)Phone.Of(parts[1..])).ToArray(), StringComparer.Ordinal));

    public static TextFrontEnd FrontEnd { get; } = new(new TestWords());

    public bool HasStress { get; init; }

    public IReadOnlyList<IReadOnlyList<Phone>> Find(string word) => Words.Value.GetValueOrDefault(word) ?? [];

    public IReadOnlyList<Phone>? Guess(string word) => word.StartsWith('z') && word.Length > 1 ? Phone.Of("Z", "IY") : null;

    /// <summary>Sentences as the tables have them: words, "," for a pause, "." and "¶" for ends, and warnings in braces.</summary>
    public static string Shown(IEnumerable<SpokenSentence> sentences) => string.Join(' ', sentences.Select(sentence =>
        string.Concat(sentence.Words.Select(word => word.Text + (word.Break switch { PhraseBreak.None => " ", PhraseBreak.Comma => ", ", PhraseBreak.Sentence => ".", _ => "¶" }))).Trim()
        + (sentence.Warnings.Count > 0 ? $" {{{string.Join("; ", sentence.Warnings.Select(warning => warning.Text))}}}" : "")));
}

namespace Qwen2Audio.Text.Tests;

/// <summary>Qwen2's published vocabulary, where it has been downloaded.</summary>
internal static class PublishedVocabulary
{
    /// <summary>A tokenizer of it with these control tokens after its own; skips the test without it.</summary>
    public static BytePairTokenizer With(IEnumerable<string> controls)
    {
        var folder = Fixtures.Locate("..", "data", "qwen2-vocabulary");
        Assert.SkipUnless(Directory.Exists(folder), $"{folder} is not there");
        var vocabulary = BytePairVocabulary.Parse(
            File.ReadAllText(Path.Combine(folder, "vocab.json")), File.ReadAllText(Path.Combine(folder, "merges.txt")));
        return new BytePairTokenizer(vocabulary, new TokenizerOptions
        {
            AddedTokens = [.. controls.Select((token, index) => AddedToken.Control(token, vocabulary.Size + index))],
        });
    }
}

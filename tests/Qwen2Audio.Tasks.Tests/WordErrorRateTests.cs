using Qwen2Audio.Evaluation;

namespace Qwen2Audio.Tasks.Tests;

public sealed class WordErrorRateTests
{
    [Theory]
    [InlineData("", "", 0, 0, 0, 0)]
    [InlineData("a b c", "a b c", 3, 0, 0, 0)]
    [InlineData("a b c", "a c", 2, 0, 1, 0)]
    [InlineData("a b c", "a x c d", 2, 1, 0, 1)]
    [InlineData("", "one two", 0, 0, 0, 2)]
    [InlineData("one two", "", 0, 0, 2, 0)]
    public void Counts_of_known_pairs(string reference, string hypothesis, int hits, int substitutions, int deletions, int insertions) =>
        Assert.Equal(new ErrorCounts(hits, substitutions, deletions, insertions), WordErrorRate.OfWords(reference, hypothesis));

    [Fact]
    public void A_corpus_sums_counts_and_names_its_normaliser()
    {
        var rate = new WordErrorRate();
        rate.Add("Go to nine.", "go to NINE");
        rate.Add("yes", "no no");
        Assert.Equal(new ErrorCounts(3, 1, 0, 1), rate.Counts);
        Assert.Equal(0.5, rate.Rate);
        Assert.Equal((2, 1, "lower-words"), (rate.Pairs, rate.ExactPairs, rate.Normaliser));
    }

    [Theory]
    [InlineData("It’s  nine-fifteen, O'Neil!", "it's nine fifteen o'neil")]
    [InlineData("'quoted' Ärger", "quoted ärger")]
    public void Lower_words_keeps_words_alone(string text, string expected) =>
        Assert.Equal(expected, TextNormaliser.LowerWords.Apply(text));

    [Fact]
    public void Recorded_counts_are_reproduced()
    {
        Assert.SkipUnless(Fixtures.Has("metrics", "word-errors.jsonl"), Fixtures.MissingReason("metrics", "word-errors.jsonl"));
        var cases = 0;
        foreach (var line in File.ReadLines(Fixtures.Locate("metrics", "word-errors.jsonl")))
        {
            using var json = JsonDocument.Parse(line);
            var pair = json.RootElement;
            var (reference, hypothesis) = (pair.GetProperty("reference").GetString()!, pair.GetProperty("hypothesis").GetString()!);
            Assert.Equal((line, Recorded(pair, "")), (line, WordErrorRate.OfWords(reference, hypothesis)));
            Assert.Equal((line, Recorded(pair, "char_")), (line, WordErrorRate.OfCharacters(reference, hypothesis)));
            Assert.Equal(pair.GetProperty("wer").GetDouble(), WordErrorRate.OfWords(reference, hypothesis).Rate, 1e-12);
            cases++;
        }

        Assert.NotEqual(0, cases);
    }

    [Fact]
    public void Accuracy_and_confusions_are_counted()
    {
        var counts = new ConfusionCounts();
        foreach (var (truth, answer) in new[] { ("one", "one"), ("one", "nine"), ("nine", "nine"), ("one", "nine") }) counts.Add(truth, answer);
        Assert.Equal((4, 2, 0.5), (counts.Total, counts.Right, counts.Accuracy));
        Assert.Equal(("one", "nine", 2), Assert.Single(counts.Mistakes()));
        Assert.Equal(1, counts.Counts["one"]["one"]);
    }

    private static ErrorCounts Recorded(JsonElement pair, string prefix)
    {
        int Number(string name) => pair.GetProperty(prefix + name).GetInt32();
        return new ErrorCounts(Number("hits"), Number("substitutions"), Number("deletions"), Number("insertions"));
    }
}

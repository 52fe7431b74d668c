using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Checkpoints.NGrams;
using Qwen2Audio.Numerics.Probabilities;
using Qwen2Audio.Tasks.Ctc;

namespace Qwen2Audio.Tasks.Tests;

public sealed class LexiconBeamSearchTests
{
    private const string Arpa = """
        \data\
        ngram 1=6
        ngram 2=3

        \1-grams:
        -99	<s>	-0.4
        -0.6	</s>
        -0.9	ba	-0.2
        -0.5	bab	-0.3
        -0.7	pa	-0.1
        -1.5	<unk>
        \2-grams:
        -0.1	bab ba
        -0.2	ba </s>
        -0.3	<s> pa
        \end\
        """;

    // "ba" in two ways, one of them the beginning of "bab"; "pa" sounds like the other one; "odd" is unknown to the language model
    private static readonly Lexicon Words = new(["ba", "bab", "pa", "odd"],
        [new(0, [1, 2]), new(0, [3]), new(1, [1, 2, 1]), new(2, [3]), new(3, [2, 2])]);

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 5)]
    [InlineData(3, 6)]
    [InlineData(4, 1)]
    [InlineData(5, 0)]
    public void An_unlimited_search_sums_all_alignments_and_pronunciations_of_every_word_sequence(int seed, int rows)
    {
        var (posteriors, scores) = (Rows(rows, seed), Scores(0.7, 0.4));
        var expected = Texts(rows).Select(words => (Text: string.Join(' ', words), Score: Exact(posteriors, words, scores)))
            .Where(text => double.IsFinite(text.Score)).OrderByDescending(text => text.Score).ToList();
        var found = Search(scores, 1_000_000, 1e9).Search(posteriors, 1_000_000);
        Assert.Equal(expected.Count, found.Count);
        var byText = found.ToDictionary(candidate => string.Join(' ', candidate.Words), candidate => candidate.Score, StringComparer.Ordinal);
        Assert.All(expected, text => Assert.Equal(text.Score, byText[text.Text], 1e-4));
        Assert.Equal(found.OrderByDescending(candidate => candidate.Score), found);
        Assert.Equal(expected[0].Text, string.Join(' ', found[0].Words));
    }

    [Fact]
    public void The_number_of_results_and_hypotheses_is_limited()
    {
        var scores = Scores(0.7, 0.4);
        Assert.Equal(3, Search(scores, 1_000_000, 1e9).Search(Rows(6, 1), 3).Count);
        Assert.InRange(Search(scores, 4, 1e9).Search(Rows(6, 1), 1000).Count, 0, 4);
        Assert.True(Search(scores, 1_000_000, 2).Search(Rows(6, 1), 1000).Count < Search(scores, 1_000_000, 1e9).Search(Rows(6, 1), 1000).Count);
    }

    [Fact]
    public void A_clear_sequence_is_found_with_few_hypotheses()
    {
        // b a b, silence, p a as one phone; a phone that lasts for two rows is said once
        var posteriors = Clear(1, 2, 2, 1, 0, 0, 3);
        Assert.Equal([1, 0], Search(Scores(1, 0), 8, 10).Search(posteriors, 1)[0].Words); // the language model prefers "bab ba" to "bab pa"
    }

    [Theory]
    [InlineData(new[] { 3, 0, 3 }, 2)]
    [InlineData(new[] { 3, 3, 3 }, 1)]
    public void A_word_that_begins_with_the_phone_before_needs_a_blank_between(int[] rows, int words) =>
        Assert.Equal(words, Search(Scores(1, 0), 50, 20).Search(Clear(rows), 1)[0].Words.Length);

    [Fact]
    public void Rows_that_end_within_a_word_have_no_result() => Assert.Empty(Search(Scores(1, 0), 1, 10).Search(Clear(1), 5));

    private static LexiconBeamSearch Search(WordScores scores, int width, double beam) => new(new LexiconTree(Words, scores.Alone), scores, width, beam);

    private static WordScores Scores(double weight, double bonus)
    {
        using var folder = new TemporaryFolder();
        var model = NGramFile.Read(folder.Write("x.arpa", Arpa));
        return new WordScores(model, [.. Words.Words.Select(model.IdOf)], weight, bonus);
    }

    private static double Exact(CtcPosteriors posteriors, int[] words, WordScores scores)
    {
        var (state, sum) = (scores.Model.Beginning, 0.0);
        foreach (var word in words)
        {
            sum += scores.After(state, word);
            state = scores.Model.Next(state, scores.Ids[word]);
        }

        var acoustic = double.NegativeInfinity;
        foreach (var phones in Spoken(words)) acoustic = LogSumExp.Of(acoustic, CtcAlignment.LogProbability(posteriors, phones));
        return acoustic + sum + scores.Weight * scores.Model.LogProbability(state, scores.Model.EndId);
    }

    /// <summary>Every choice of pronunciations.</summary>
    private static IEnumerable<int[]> Spoken(int[] words) => words.Length == 0 ? [[]]
        : from rest in Spoken(words[..^1])
          from entry in Words.Pronunciations
          where entry.Word == words[^1]
          select (int[])[.. rest, .. entry.Phones.Select(phone => (int)phone)];

    private static IEnumerable<int[]> Texts(int longest)
    {
        List<int[]> texts = [[]];
        for (var i = 0; i < texts.Count; i++)
            if (texts[i].Length < longest) texts.AddRange(Enumerable.Range(0, Words.Words.Count).Select(word => (int[])[.. texts[i], word]));
        return texts;
    }

    private static CtcPosteriors Rows(int rows, int seed)
    {
        var random = new Random(seed);
        return CtcPosteriors.FromLogits([.. Enumerable.Range(0, rows * PhoneSet.Count).Select(i => i % PhoneSet.Count < 4 ? (float)(2 * random.NextDouble()) : -30)], rows, PhoneSet.Count);
    }

    private static CtcPosteriors Clear(params int[] classes) =>
        CtcPosteriors.FromLogits([.. classes.SelectMany(c => Enumerable.Range(0, PhoneSet.Count).Select(i => i == c ? 8f : 0))], classes.Length, PhoneSet.Count);
}

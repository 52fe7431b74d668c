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

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 5)]
    [InlineData(3, 6)]
    [InlineData(6, 6)]
    public void The_rows_of_words_are_those_of_their_most_probable_alignment(int seed, int rows)
    {
        var posteriors = Rows(rows, seed);
        var found = Search(Scores(0.7, 0.4), 1_000_000, 1e9).Search(posteriors, 1_000_000);
        Assert.NotEmpty(found);
        Assert.All(found, candidate => Assert.Equal(BestRows(posteriors, candidate.Words), candidate.Rows));
    }

    [Fact]
    public void Words_have_the_rows_of_their_phones_without_the_blanks_around_them()
    {
        var found = Search(Scores(1, 0), 50, 20).Search(Clear(0, 1, 2, 2, 1, 1, 0, 0, 3, 0, 3, 0), 1)[0]; // bab; then "ba" as one phone, twice
        Assert.Equal(3, found.Words.Length);
        Assert.Equal([(1, 6), (8, 9), (10, 11)], found.Rows);
    }

    [Fact]
    public void A_words_posterior_is_the_share_of_the_texts_that_have_it_at_an_overlapping_time()
    {
        LexiconCandidate[] texts =
        [
            new([1, 2], Math.Log(0.5), [(0, 2), (4, 6)]),
            new([1, 1], Math.Log(0.3), [(1, 3), (5, 6)]), // the first word, somewhat later
            new([2], Math.Log(0.2), [(0, 3)]), // the second word at the time of the first
        ];
        Assert.Equal([0.8, 0.5], new WordPosteriors(texts, 1).Of(texts[0]), (a, b) => Math.Abs(a - b) < 1e-9);
        Assert.Equal([0.8, 0.3], new WordPosteriors(texts, 1).Of(texts[1]), (a, b) => Math.Abs(a - b) < 1e-9);
        Assert.Equal([0.2], new WordPosteriors(texts, 1).Of(texts[2]), (a, b) => Math.Abs(a - b) < 1e-9);
        Assert.Equal([2.0 / 3, 1.0 / 3], new WordPosteriors(texts, 1e-9).Of(texts[0]), (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Equal([1], new WordPosteriors([texts[2]], 1).Of(texts[2]));
        Assert.Empty(new WordPosteriors([new([], 0, [])], 1).Of(new([], 0, [])));
    }

    [Fact]
    public void Posteriors_of_all_texts_are_those_of_all_alignments()
    {
        var (posteriors, scores) = (Rows(5, 2), Scores(0.7, 0.4));
        var found = Search(scores, 1_000_000, 1e9).Search(posteriors, 1_000_000);
        var all = Texts(5).Select(words => (Words: words, P: Math.Exp(Exact(posteriors, words, scores)))).Where(text => text.P > 0).ToList();
        var rows = all.Select(text => BestRows(posteriors, text.Words)).ToList();
        var shares = new WordPosteriors(found, 1).Of(found[0]);
        for (var word = 0; word < shares.Length; word++)
        {
            var (start, end) = found[0].Rows[word];
            var expected = all.Select((text, i) => Enumerable.Range(0, text.Words.Length)
                .Any(other => text.Words[other] == found[0].Words[word] && rows[i][other].Start < end && rows[i][other].End > start) ? text.P : 0).Sum() / all.Sum(text => text.P);
            Assert.Equal(expected, shares[word], 1e-4);
        }
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

    [Fact]
    public void While_rows_arrive_the_complete_words_are_known_and_the_result_does_not_depend_on_the_pieces()
    {
        var search = Search(Scores(1, 0), 50, 20);
        int[] rows = [0, 1, 2, 1, 0, 0, 3, 0, 1];
        var (progress, begun) = (search.Begin(), new List<string>());
        foreach (var row in rows)
        {
            progress.Add(Clear(row));
            begun.Add(string.Join(' ', progress.Begun()));
        }

        Assert.Equal(["", "", "", "1", "1", "1", "1 0", "1 0", "1 0"], begun); // "bab" is expected, so "ba" is not given out; the last phone only begins a word
        var (whole, pieces) = (search.Search(Rows(6, 3), 10), search.Begin());
        for (var row = 0; row < 6; row++) pieces.Add(new CtcPosteriors(Rows(6, 3).Row(row).ToArray(), 1, Rows(6, 3).Classes));
        Assert.Equal(whole.Select(found => (string.Join(' ', found.Words), found.Score)), pieces.Candidates(10).Select(found => (string.Join(' ', found.Words), found.Score)));
    }

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

    /// <summary>The words' rows, by the most probable of the alignments of all choices of pronunciations.</summary>
    private static (int Start, int End)[] BestRows(CtcPosteriors posteriors, int[] words)
    {
        (double Best, (int, int)[] Rows) found = (double.NegativeInfinity, []);
        foreach (var entries in Entries(words))
        {
            int[] phones = [.. entries.SelectMany(entry => entry.Phones.Select(phone => (int)phone))];
            foreach (var (log, spans) in Alignments(posteriors, phones, 0, 0, 0).Where(alignment => alignment.Log > found.Best))
            {
                var (rows, first) = (new List<(int, int)>(), 0);
                foreach (var entry in entries)
                {
                    rows.Add((spans[first].Start, spans[first + entry.Phones.Length - 1].End));
                    first += entry.Phones.Length;
                }

                found = (log, [.. rows]);
            }
        }

        return found.Rows;
    }

    /// <summary>Every way to emit phones from <paramref name="next"/> on in the rows from <paramref name="row"/> on.</summary>
    private static IEnumerable<(double Log, (int Start, int End)[] Spans)> Alignments(CtcPosteriors posteriors, int[] phones, int next, int row, double log)
    {
        if (next == phones.Length)
        {
            for (var i = row; i < posteriors.Rows; i++) log += posteriors.Row(i)[0];
            yield return (log, []);
            yield break;
        }

        for (var start = row; start < posteriors.Rows; start++)
        {
            var sum = log;
            for (var end = start + 1; end <= posteriors.Rows; end++)
            {
                sum += posteriors.Row(end - 1)[phones[next]];
                var blank = next + 1 < phones.Length && phones[next + 1] == phones[next]; // a blank is needed between
                if (blank && end == posteriors.Rows) break;
                foreach (var (rest, spans) in Alignments(posteriors, phones, next + 1, blank ? end + 1 : end, blank ? sum + posteriors.Row(end)[0] : sum)) yield return (rest, [(start, end), .. spans]);
            }

            log += posteriors.Row(start)[0];
        }
    }

    /// <summary>Every choice of pronunciations.</summary>
    private static IEnumerable<Pronunciation[]> Entries(int[] words) => words.Length == 0 ? [[]]
        : from rest in Entries(words[..^1])
          from entry in Words.Pronunciations
          where entry.Word == words[^1]
          select (Pronunciation[])[.. rest, entry];

    private static IEnumerable<int[]> Spoken(int[] words) => Entries(words).Select(entries => (int[])[.. entries.SelectMany(entry => entry.Phones.Select(phone => (int)phone))]);

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

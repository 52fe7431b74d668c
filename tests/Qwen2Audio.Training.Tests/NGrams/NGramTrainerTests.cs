using Qwen2Audio.Checkpoints.NGrams;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.NGrams;

namespace Qwen2Audio.Training.Tests.NGrams;

public sealed class NGramTrainerTests
{
    private static readonly string[] Small = ["a b", "a b", "a c"];

    // Too small a text to estimate discounts: 0.5 each. Continuations: <s> a, a b, a c, b </s>, c </s>, so a, b, c 1 and </s> 2 of 5; 4 · 0.5 / 5 is left for the
    // 5 words that may be predicted: P(a) = 0.5 / 5 + 0.4 / 5.
    [Theory]
    [InlineData("", "a", 2.5 / 3 + (1.0 / 6) * 0.18)]
    [InlineData("a", "b", 0.5 + 0.18 / 3)]
    [InlineData("a", "c", 0.5 / 3 + 0.18 / 3)]
    [InlineData("a", "</s>", 0.38 / 3)]
    [InlineData("a", "never", 0.08 / 3)]
    [InlineData("b", "</s>", 1.5 / 2 + 0.25 * 0.38)]
    public void A_bigram_model_has_the_probabilities_of_a_calculation_by_hand(string before, string word, double probability)
    {
        var model = NGramTrainer.Train(NGramCorpus.Of(Small, 100), new NGramOptions { Order = 2 });
        var state = before.Length == 0 ? model.Beginning : model.Next(model.Beginning, model.IdOf(before));
        Assert.Equal(probability, Math.Exp(model.LogProbability(state, model.IdOf(word))), 1e-6);
    }

    [Fact]
    public void Discounts_are_those_of_chen_and_goodman()
    {
        int[] counts = [.. Enumerable.Repeat(1, 60), .. Enumerable.Repeat(2, 20), .. Enumerable.Repeat(3, 10), .. Enumerable.Repeat(4, 6), 9, 30];
        var discounts = Discounts.Of(counts);
        var y = 60.0 / (60 + 2 * 20);
        Assert.Equal((0, 1 - 2 * y * 20 / 60, 2 - 3 * y * 10 / 20, 3 - 4 * y * 6 / 10, 3 - 4 * y * 6 / 10), (discounts.For(0), discounts.For(1), discounts.For(2), discounts.For(3), discounts.For(30)));
    }

    [Theory]
    [InlineData(1, null)]
    [InlineData(2, null)]
    [InlineData(3, null)]
    [InlineData(6, null)]
    [InlineData(2, 1100L)]
    [InlineData(3, 1100L)]
    [InlineData(3, 1500L)]
    public void Every_distribution_sums_to_one_pruned_or_not(int order, long? bytes)
    {
        var model = NGramTrainer.Train(NGramCorpus.Of(Sentences(600, 1), 40), new NGramOptions { Order = order, MaxBytes = bytes });
        var states = new List<NGramState> { model.Beginning };
        for (var word = 2; word < model.Words.Count; word += 3)
            foreach (var state in states.Take(8).ToList()) states.Add(model.Next(state, word));
        foreach (var state in states)
        {
            var sum = 0.0;
            for (var word = 0; word < model.Words.Count; word++) sum += Math.Exp(model.LogProbability(state, word));
            Assert.Equal(1, sum, 1e-4);
        }
    }

    [Theory]
    [InlineData(0, 20, "allowed with 23 words: 1 to 9")]
    [InlineData(10, 20, "allowed with 23 words: 1 to 9")]
    [InlineData(9, 200, "allowed with 203 words: 1 to 8")] // eight bits each
    public void An_order_that_does_not_fit_is_refused(int order, int words, string allowed)
    {
        var corpus = NGramCorpus.Of([string.Join(' ', Enumerable.Range(0, words).Select(word => $"w{word}"))], words);
        Assert.Contains(allowed, Assert.Throws<ArgumentException>(() => NGramTrainer.Train(corpus, new NGramOptions { Order = order })).Message, StringComparison.Ordinal);
        Assert.Equal(8, NGramTrainer.Train(corpus, new NGramOptions { Order = 8 }).Orders.Count);
    }

    [Fact]
    public void Pruning_reaches_the_size_and_costs_little()
    {
        var corpus = NGramCorpus.Of(Sentences(3000, 1), 200);
        var held = Sentences(500, 2);
        var full = NGramTrainer.Train(corpus, new NGramOptions());
        var size = NGramFile.ToBytes(full).Length;
        var before = NGramPerplexity.Of(full, held).Perplexity;
        foreach (var share in new[] { 0.8, 0.6 })
        {
            var pruned = NGramTrainer.Train(corpus, new NGramOptions { MaxBytes = (long)(share * size) });
            Assert.InRange(NGramFile.ToBytes(pruned).Length, 0.9 * share * size, share * size);
            Assert.InRange(NGramPerplexity.Of(pruned, held).Perplexity, 0.8 * before, 1.1 * before);
        }

        Assert.Equal(size, NGramFile.ToBytes(NGramTrainer.Train(corpus, new NGramOptions { MaxBytes = 10_000_000 })).Length);
    }

    [Fact]
    public void Longer_n_grams_predict_a_chain_better()
    {
        var (text, held) = (NGramCorpus.Of(Sentences(3000, 1), 200), Sentences(500, 2));
        double[] perplexities = [.. Enumerable.Range(1, 2).Select(order => NGramPerplexity.Of(NGramTrainer.Train(text, new NGramOptions { Order = order }), held).Perplexity)];
        Assert.True(perplexities[1] < 0.7 * perplexities[0]);
    }

    [Fact]
    public void Perplexity_counts_known_words_and_sentence_ends()
    {
        var model = NGramTrainer.Train(NGramCorpus.Of(Small, 100), new NGramOptions { Order = 2 });
        var measured = NGramPerplexity.Of(model, ["a b", "zz", null, ""]);
        Assert.Equal((3L, 2, 1L, 1), (measured.Words, measured.Sentences, measured.UnknownWords, measured.LeftOut));
        var known = Math.Log(2.5 / 3 + 0.03) + Math.Log(0.56) + Math.Log(0.75 + 0.25 * 0.38) + Math.Log(0.38); // the last: </s> after an unknown word
        Assert.Equal(Math.Exp(-known / 4), measured.Perplexity, 1e-5);
    }

    [Fact]
    public void The_vocabulary_is_the_most_frequent_words_and_odd_lines_are_counted()
    {
        using var folder = new TemporaryFolder();
        var corpus = NGramCorpus.Read([folder.Write("x.txt", "The dog, the cat\n\nthe dog's 3\nThe DOG\n")], 2);
        Assert.Equal(["<unk>", "<s>", "</s>", "the", "dog"], corpus.Words);
        Assert.Equal((6L, 2, 1), (corpus.WordCount, corpus.Sentences, corpus.LeftOut));
    }

    private static List<string?> Sentences(int count, ulong seed)
    {
        var random = new CounterRandom(seed, 0);
        var sentences = new List<string?>();
        for (var i = 0; i < count; i++)
        {
            var (word, text) = (random.NextInt(30), new List<string>());
            for (var n = random.Between(1, 9); n > 0; n--)
            {
                text.Add($"w{(char)('a' + word % 26)}{(char)('a' + word / 26)}");
                word = (3 * word + (int)(random.NextDouble() * random.NextDouble() * 12)) % 80;
            }

            sentences.Add(string.Join(' ', text));
        }

        return sentences;
    }
}

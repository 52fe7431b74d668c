using Qwen2Audio.Checkpoints.NGrams;

namespace Qwen2Audio.Checkpoints.Tests;

public sealed class NGramFileTests
{
    private const string Arpa = """
        made by hand
        \data\
        ngram 1=5
        ngram 2=4
        ngram 3=1

        \1-grams:
        -99	<s>	-0.5
        -0.7	</s>
        -0.4	a	-0.2
        -0.9	b	-0.1
        -2.0	<unk>
        \2-grams:
        -0.3	<s> a	-0.6
        -0.25	a b	-0.35
        -0.15	b </s>
        -0.8	b a
        \3-grams:
        -0.05	<s> a b
        \end\
        """;

    [Theory]
    [InlineData("a b", -0.3 - 0.05 - 0.35 - 0.15)] // (a | <s>), (b | <s> a), </s>: backoff(a b) + (</s> | b)
    [InlineData("b a", -0.5 - 0.9 - 0.8 - 0.2 - 0.7)] // backoff(<s>) + b, (a | b), backoff(a) + </s>
    [InlineData("a a", -0.3 - 0.6 - 0.2 - 0.4 - 0.2 - 0.7)] // backoff(<s> a) + backoff(a) + a
    [InlineData("x b", -0.5 - 2.0 - 0.9 - 0.15)] // backoff(<s>) + <unk>, which has no factor
    public void A_sentence_has_the_sum_that_back_off_gives_by_hand(string text, double log10)
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(log10 * Math.Log(10), Score(NGramFile.Read(folder.Write("x.arpa", Arpa)), text), 1e-5);
    }

    [Theory]
    [InlineData("-0.3	<s> a	-0.6", "-0.3	<s> c	-0.6", "line 14: found \"c\", which is not listed as a 1-gram")]
    [InlineData("-0.3	<s> a	-0.6", "-0.3	<s>", "line 14: found 2 columns; allowed: 3 or 4 columns")]
    [InlineData("-0.3	<s> a	-0.6", "0.3	<s> a	-0.6", "line 14: found \"0.3\"; allowed: a base-10 logarithm of a probability")]
    [InlineData("-0.25	a b	-0.35", "-0.25	<s> a", "line 15: found an n-gram that is already listed")]
    [InlineData("ngram 2=4", "ngram 2=5", "4 2-grams; allowed: 5")]
    [InlineData("\\end\\", "", "the end of the file; allowed: \\end\\")]
    [InlineData("<s> a b", "a a b", "line 19: found a 3-gram whose first 2 words are not listed as an n-gram")]
    [InlineData("</s>", "s", "no </s>")]
    public void Faults_of_arpa_files_are_named_by_line(string part, string other, string message)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("x.arpa", Arpa.Replace(part, other, StringComparison.Ordinal));
        var error = Assert.Throws<CheckpointException>(() => NGramFile.Read(path));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void The_compact_form_keeps_the_n_grams_and_rounds_as_told(int order)
    {
        using var folder = new TemporaryFolder();
        var model = Random(order, words: 14, seed: order);
        foreach (var (step, error) in new[] { (NGramFile.Step, 0.35), (1 / 64f, 0.05) }) // single words have steps of 1/16
        {
            NGramFile.Write(folder["x.ngram"], model, step);
            var read = NGramFile.Read(folder["x.ngram"]);
            File.Delete(folder["x.ngram"]);
            Assert.Equal(model.Words, read.Words);
            foreach (var (before, after) in model.Orders.Zip(read.Orders))
            {
                Assert.Equal(before.Words, after.Words);
                Assert.Equal(before.Children, after.Children);
                Assert.All(before.LogProbabilities.Zip(after.LogProbabilities), pair => Assert.Equal(pair.First, pair.Second, error));
            }

            foreach (var state in States(read)) Assert.Equal(1, Enumerable.Range(0, read.Words.Count).Sum(word => Math.Exp(read.LogProbability(state, word))), 1e-4);
        }
    }

    [Fact]
    public void Probable_and_improbable_words_far_apart_are_kept()
    {
        // after w0: w1 with 0.999; after w1: w2 with 1e-9, though it is frequent; words in 3,000 others, and lists with all words or one
        double[] words = [.. Enumerable.Range(0, 3000).Select(i => 1.0 / (i + 1))];
        var model = Model(words, new() { [[3, 4]] = 0.999, [[4, 5]] = 1e-9, [[5, 2999]] = 0.3, [[5, 0]] = 0.2, [[3, 4, 5]] = 0.5 });
        using var folder = new TemporaryFolder();
        NGramFile.Write(folder["x.ngram"], model, 1 / 32f);
        var read = NGramFile.Read(folder["x.ngram"]);
        foreach (var (before, after) in model.Orders.Skip(1).Zip(read.Orders.Skip(1)))
        {
            Assert.Equal(before.Words, after.Words);
            Assert.All(before.LogProbabilities.Zip(after.LogProbabilities), pair => Assert.Equal(pair.First, pair.Second, 0.03));
            Assert.All(before.Backoffs.Zip(after.Backoffs), pair => Assert.Equal(pair.First, pair.Second, 0.1));
        }
    }

    [Fact]
    public void An_n_gram_takes_a_byte_and_a_half()
    {
        var model = Random(3, words: 50, seed: 9);
        var (ngrams, vocabulary) = (model.Orders.Skip(1).Sum(order => order.Count), string.Join('\n', model.Words).Length);
        Assert.InRange(NGramFile.ToBytes(model).Length, ngrams / 2, vocabulary + (1.5 * ngrams) + 8000); // the tables
    }

    [Fact]
    public void A_model_that_the_compact_form_would_change_is_refused()
    {
        using var folder = new TemporaryFolder();
        var arpa = NGramFile.Read(folder.Write("x.arpa", Arpa));
        Assert.Contains("The distribution of single words has the sum 0.7", Assert.Throws<ArgumentException>(() => NGramFile.Write(folder["x.ngram"], arpa)).Message, StringComparison.Ordinal);
        double[] words = [1, 1, 1, 1, 1, 1];
        Assert.Contains("ends in \"w5\"", Assert.Throws<ArgumentException>(() => NGramFile.ToBytes(Model(words, new() { [[3, 4]] = 0.5, [[3, 4, 5]] = 0.5 }))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => NGramFile.ToBytes(Model(words, []), 0));
        Assert.False(File.Exists(folder["x.ngram"]));
    }

    [Fact]
    public void An_older_version_is_named()
    {
        using var folder = new TemporaryFolder();
        var bytes = NGramFile.ToBytes(Random(2, 20, 1));
        bytes[7] = 1;
        Assert.Contains("found version 1; allowed: version 3; the command ngram writes it", Assert.Throws<CheckpointException>(() => NGramFile.Read(folder.Write("x.ngram", bytes))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_cut_and_change_of_the_compact_form_is_an_error_or_with_its_checksum_a_model()
    {
        using var folder = new TemporaryFolder();
        var bytes = NGramFile.ToBytes(Random(3, words: 12, seed: 2))[..^4];
        foreach (var length in Places())
        {
            Assert.Throws<CheckpointException>(() => NGramFile.Read(folder.Write("cut.ngram", bytes[..length])));
            Assert.Throws<CheckpointException>(() => NGramFile.Read(folder.Write("cut.ngram", SealedFile.Seal(bytes.AsSpan(0, length)))));
        }

        foreach (var at in Places())
        {
            foreach (var value in new byte[] { 0, 0x7F, 0xFF })
            {
                var changed = bytes.ToArray();
                changed[at] = value;
                if (value != bytes[at]) Assert.Throws<CheckpointException>(() => NGramFile.Read(folder.Write("changed.ngram", [.. changed, .. SealedFile.Seal(bytes)[^4..]])));
                var path = folder.Write("changed.ngram", SealedFile.Seal(changed));
                try
                {
                    Assert.False(double.IsNaN(Score(NGramFile.Read(path), "w3 w4 w5 x")));
                }
                catch (CheckpointException error)
                {
                    Assert.Contains(path, error.Message, StringComparison.Ordinal);
                }
            }
        }

        // all, but most of the tables
        IEnumerable<int> Places() => Enumerable.Range(0, bytes.Length).Where(at => at < 150 || at > bytes.Length - 100 || at % 17 == 0);
    }

    [Fact]
    public void A_file_of_another_kind_and_no_file_are_errors()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<CheckpointException>(() => NGramFile.Read(folder.Write("x.txt", "hello")));
        Assert.Throws<CheckpointException>(() => NGramFile.Read(folder["none"]));
    }

    private static double Score(NGramModel model, string text)
    {
        var (state, sum) = (model.Beginning, 0.0);
        foreach (var word in text.Split(' '))
        {
            sum += model.LogProbability(state, model.IdOf(word));
            state = model.Next(state, model.IdOf(word));
        }

        return sum + model.LogProbability(state, model.EndId);
    }

    private static IEnumerable<NGramState> States(NGramModel model)
    {
        var states = new List<NGramState> { model.Beginning };
        for (var word = 2; word < model.Words.Count; word += 3)
            foreach (var state in states.Take(8).ToList()) states.Add(model.Next(state, word));
        return states;
    }

    /// <summary>A model with random n-grams, each with those without its first and without its last word.</summary>
    private static NGramModel Random(int order, int words, int seed)
    {
        var random = new Random(seed);
        var ngrams = new Dictionary<int[], double>();
        var last = Enumerable.Range(1, words + 2).Select(id => new[] { id }).ToList();
        for (var n = 2; n <= order; n++)
        {
            var known = last.Select(ngram => string.Join(' ', ngram)).ToHashSet(StringComparer.Ordinal);
            var next = new List<int[]>();
            foreach (var context in last.Where(ngram => ngram[^1] != 2))
            {
                var left = 0.9;
                for (var word = 2; word < words + 3; word++)
                {
                    if (random.Next(3) > 0 || !known.Contains(string.Join(' ', context.Skip(1).Append(word)))) continue;
                    ngrams[[.. context, word]] = left * 0.3 * random.NextDouble() + 1e-6;
                    left -= ngrams.Values.Last();
                    next.Add([.. context, word]);
                }
            }

            last = next;
        }

        return Model([.. Enumerable.Range(0, words + 3).Select(_ => random.NextDouble() + 0.01)], ngrams);
    }

    /// <summary>A model of words "w3", "w4", … with these frequencies and n-grams (ids), whose distributions sum to 1.</summary>
    private static NGramModel Model(double[] frequencies, Dictionary<int[], double> ngrams)
    {
        string[] words = [NGramModel.Unknown, NGramModel.Start, NGramModel.End, .. frequencies.Skip(3).Select((_, i) => $"w{i + 3}")];
        var sum = frequencies.Where((_, id) => id != 1).Sum();
        var logs = frequencies.Select((frequency, id) => (float)(id == 1 ? -99 * Math.Log(10) : Math.Log(frequency / sum))).ToArray();
        var order = ngrams.Keys.Select(ngram => ngram.Length).DefaultIfEmpty(1).Max();
        List<int[]> ids = [[.. Enumerable.Range(0, words.Length)]];
        List<float[]> probabilities = [logs], backoffs = [new float[words.Length]];
        for (var n = 2; n <= order; n++)
        {
            var sorted = ngrams.Where(ngram => ngram.Key.Length == n).OrderBy(ngram => string.Concat(ngram.Key.Select(id => (char)id)), StringComparer.Ordinal).ToList();
            ids.Add([.. sorted.SelectMany(ngram => ngram.Key)]);
            probabilities.Add([.. sorted.Select(ngram => (float)Math.Log(ngram.Value))]);
            backoffs.Add(new float[sorted.Count]);
            var shorter = Enumerable.Range(0, ids[n - 2].Length / (n - 1)).ToDictionary(i => string.Join(' ', ids[n - 2].Skip(i * (n - 1)).Take(n - 1)), i => i, StringComparer.Ordinal);
            foreach (var group in sorted.GroupBy(ngram => string.Join(' ', ngram.Key[..^1]), StringComparer.Ordinal))
            {
                var below = group.Sum(ngram => shorter.TryGetValue(string.Join(' ', ngram.Key[1..]), out var at) ? Math.Exp(probabilities[n - 2][at]) : 0);
                backoffs[n - 2][shorter[group.Key]] = (float)Math.Log((1 - group.Sum(ngram => ngram.Value)) / (1 - below));
            }
        }

        return new NGramModel(words, NGramTrie.Build(ids, probabilities, backoffs, out _)!);
    }
}

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

    [Fact]
    public void The_compact_form_keeps_up_to_256_values_and_rounds_more()
    {
        using var folder = new TemporaryFolder();
        var small = NGramFile.Read(folder.Write("x.arpa", Arpa));
        NGramFile.Write(folder["x.ngram"], small);
        var read = NGramFile.Read(folder["x.ngram"]);
        Assert.Equal(small.Words, read.Words);
        foreach (var text in new[] { "a b", "b a", "a a", "x b" }) Assert.Equal(Score(small, text), Score(read, text), 0.01); // single words have 11 bits
        Assert.Equal(small.Orders[1].LogProbabilities, read.Orders[1].LogProbabilities);
        Assert.Equal(small.Orders[2].LogProbabilities, read.Orders[2].LogProbabilities);
        Assert.Equal(small.Orders[1].Children, read.Orders[1].Children);

        var large = NGramFile.Read(folder.Write("large.arpa", Large(2000)));
        NGramFile.Write(folder["large.ngram"], large);
        var rounded = NGramFile.Read(folder["large.ngram"]);
        Assert.Equal(large.Orders[1].Words, rounded.Orders[1].Words);
        Assert.All(large.Orders[1].LogProbabilities.Zip(rounded.Orders[1].LogProbabilities), pair => Assert.Equal(pair.First, pair.Second, 0.02));
        Assert.InRange(new FileInfo(folder["large.ngram"]).Length, 1, new FileInfo(folder["large.arpa"]).Length / 3);
    }

    [Fact]
    public void Every_cut_and_change_of_the_compact_form_is_an_error_or_a_model()
    {
        using var folder = new TemporaryFolder();
        var bytes = NGramFile.ToBytes(NGramFile.Read(folder.Write("x.arpa", Arpa)));
        foreach (var length in Places())
        {
            var path = folder.Write("cut.ngram", bytes[..length]);
            Assert.Throws<CheckpointException>(() => NGramFile.Read(path));
        }

        foreach (var at in Places())
        {
            foreach (var value in new byte[] { 0, 0x7F, 0xFF })
            {
                var changed = bytes.ToArray();
                changed[at] = value;
                var path = folder.Write("changed.ngram", changed);
                try
                {
                    Score(NGramFile.Read(path), "a b x");
                }
                catch (CheckpointException error)
                {
                    Assert.Contains(path, error.Message, StringComparison.Ordinal);
                }
            }
        }

        // all but most of the codebooks
        IEnumerable<int> Places() => Enumerable.Range(0, bytes.Length).Where(at => at < 100 || at > bytes.Length - 40 || at % 41 == 0);
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

    private static string Large(int count)
    {
        var words = Enumerable.Range(0, 50).Select(i => $"w{i}").ToArray();
        var lines = new List<string> { "\\data\\", $"ngram 1={words.Length + 3}", $"ngram 2={count}", "", "\\1-grams:", "-99\t<s>\t-0.1", "-1\t</s>", "-3\t<unk>" };
        lines.AddRange(words.Select((word, i) => string.Create(CultureInfo.InvariantCulture, $"{-1.5 - 0.01 * i}\t{word}\t{-0.02 * i}")));
        lines.Add("\\2-grams:");
        for (var i = 0; i < count; i++) lines.Add(string.Create(CultureInfo.InvariantCulture, $"{-0.1 - 0.001 * i}\t{words[i / words.Length]}\t{words[i % words.Length]}"));
        lines.Add("\\end\\");
        return string.Join('\n', lines);
    }
}

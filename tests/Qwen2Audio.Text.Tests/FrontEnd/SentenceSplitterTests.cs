using Qwen2Audio.Text.FrontEnd;

namespace Qwen2Audio.Text.Tests.FrontEnd;

/// <summary>Sentences of texts that come in pieces.</summary>
public sealed class SentenceSplitterTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Pieces_give_the_same_as_the_whole(int size)
    {
        foreach (var text in File.ReadLines(Path.Combine(TestWords.Folder, "normalisation.tsv")).Select(line => line.Split('\t')[0].Replace("\\n", "\n", StringComparison.Ordinal)).Chunk(8).Select(texts => string.Join('\n', texts)))
        {
            var whole = TestWords.FrontEnd.Read(text).Select(sentence => (sentence.Source, sentence.Start, sentence.Ending, Words: TestWords.Shown([sentence])));
            var pieces = TestWords.FrontEnd.Read(text.Chunk(size).Select(piece => new string(piece))).Select(sentence => (sentence.Source, sentence.Start, sentence.Ending, Words: TestWords.Shown([sentence])));
            Assert.Equal(whole, pieces);
        }
    }

    [Theory]
    [InlineData("Is it?", SentenceEnding.Question)]
    [InlineData("\"Is it?\"", SentenceEnding.Question)]
    [InlineData("Is it?!", SentenceEnding.Question)]
    [InlineData("It is!", SentenceEnding.Exclamation)]
    [InlineData("It is.", SentenceEnding.Statement)]
    [InlineData("It is", SentenceEnding.Statement)]
    public void The_ending_is_known(string text, SentenceEnding ending) => Assert.Equal(ending, TestWords.FrontEnd.Read(text).Single().Ending);

    [Fact]
    public void A_sentence_is_given_as_soon_as_the_next_one_begins()
    {
        var given = new List<string>();
        var sentences = TestWords.FrontEnd.Read(Pieces(["One. ", "T", "wo. Th", "ree"], given)).GetEnumerator();
        Assert.True(sentences.MoveNext());
        Assert.Equal(("One.", 2), (sentences.Current.Source, given.Count));
        Assert.True(sentences.MoveNext());
        Assert.Equal(("Two.", 3), (sentences.Current.Source, given.Count));
    }

    [Fact]
    public void A_long_sentence_is_divided_at_a_comma_or_a_space()
    {
        var text = string.Join(' ', Enumerable.Repeat("one two three, four five", 60));
        var sentences = TestWords.FrontEnd.Read(text).ToArray();
        Assert.All(sentences, sentence => Assert.InRange(sentence.Source.Length, 1, TextFrontEnd.MostCharacters));
        Assert.All(sentences.SkipLast(1), sentence => Assert.Equal((SentenceEnding.Continued, PhraseBreak.Comma), (sentence.Ending, sentence.Words[^1].Break)));
        Assert.Equal(300, sentences.Sum(sentence => sentence.Words.Count));
        Assert.All(sentences.SkipLast(1), sentence => Assert.EndsWith("three,", sentence.Source, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Asynchronous_pieces_give_the_same()
    {
        var sentences = new List<SpokenSentence>();
        await foreach (var sentence in TestWords.FrontEnd.ReadAsync(Later(["One. T", "wo."]), TestContext.Current.CancellationToken)) sentences.Add(sentence);
        Assert.Equal("one. two.", TestWords.Shown(sentences));
    }

    private static IEnumerable<string> Pieces(string[] pieces, List<string> given)
    {
        foreach (var piece in pieces)
        {
            given.Add(piece);
            yield return piece;
        }
    }

    private static async IAsyncEnumerable<string> Later(string[] pieces)
    {
        foreach (var piece in pieces)
        {
            await Task.Yield();
            yield return piece;
        }
    }
}

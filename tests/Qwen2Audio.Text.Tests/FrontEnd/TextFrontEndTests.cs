using Qwen2Audio.Text.FrontEnd;

namespace Qwen2Audio.Text.Tests.FrontEnd;

/// <summary>Input that no one would read aloud ends in a result that says so, in time in proportion to its length.</summary>
public sealed class TextFrontEndTests
{
    [Theory]
    [InlineData("")]
    [InlineData(" \n\t\r\n ")]
    [InlineData("\u200B\u200D\uFEFF")]
    public void No_text_gives_no_words(string text) => Assert.All(TestWords.FrontEnd.Read(text), sentence => Assert.Empty(sentence.Words));

    [Theory]
    [InlineData("...")]
    [InlineData("?!?!")]
    [InlineData("( ) [ ] , ; : -- \" '")]
    public void Punctuation_alone_is_silent(string text)
    {
        Assert.All(TestWords.FrontEnd.Read(text), sentence => Assert.Empty(sentence.Words));
        Assert.All(TestWords.FrontEnd.Read(text), sentence => Assert.Empty(sentence.Warnings));
    }

    [Theory]
    [InlineData("one \0 two", "\"U+0000\" was left out: control characters")]
    [InlineData("one 👩‍👩‍👧 two", "\"👩‍👩‍👧\" was left out")]
    [InlineData("one ☃️ two", "\"☃️\" was left out")]
    [InlineData("one ======== two", "\"========\" was left out")]
    [InlineData("one Ελλάδα two", "Greek text")]
    [InlineData("one שלום two", "Hebrew text")]
    [InlineData("one \uFFFD two", "\"\uFFFD\" was left out")]
    public void What_cannot_be_spoken_is_named(string text, string warning)
    {
        var found = OnlyWarning(text);
        Assert.Contains(warning, found.Text, StringComparison.Ordinal);
        Assert.Equal(("not-spoken", 4L), (found.Code, found.Start));
    }

    [Fact]
    public void Half_of_a_surrogate_pair_is_named()
    {
        Assert.StartsWith("half of a surrogate pair was left out", OnlyWarning("one \uD83D two").Text, StringComparison.Ordinal);
        Assert.StartsWith("half of a surrogate pair was left out", OnlyWarning("one \uDE00 two").Text, StringComparison.Ordinal);
        Assert.All(TestWords.FrontEnd.Read(new string('\uD83D', 100_000)), sentence => Assert.Empty(sentence.Words));
    }

    [Fact]
    public void A_word_of_ten_million_letters_is_named_and_left_out()
    {
        var sentences = TestWords.FrontEnd.Read($"One {new string('a', 10_000_000)} two.").ToArray();
        Assert.Equal(["one", "two"], sentences.SelectMany(sentence => sentence.Words).Select(word => word.Text));
        Assert.Contains("a word of 10000000 letters", sentences.SelectMany(sentence => sentence.Warnings).Single().Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("9")]
    [InlineData(".")]
    [InlineData("-")]
    [InlineData("\"")]
    [InlineData("$")]
    [InlineData(" ")]
    [InlineData("\n")]
    [InlineData("a.")]
    [InlineData("a@")]
    [InlineData("1/")]
    [InlineData("1,")]
    [InlineData("x-")]
    [InlineData("I ")]
    [InlineData("A1")]
    [InlineData("é")]
    [InlineData("e\u0301")]
    [InlineData("\u0301")]
    [InlineData("\u200B")]
    [InlineData("😀")]
    [InlineData("我")]
    [InlineData("www.")]
    [InlineData("1 Main St. ")]
    [InlineData("*")]
    public void Repeated_text_is_read_in_pieces_of_limited_length(string part)
    {
        var text = string.Concat(Enumerable.Repeat(part, 50_000 / part.Length));
        long read = 0;
        foreach (var sentence in TestWords.FrontEnd.Read(text))
        {
            Assert.InRange(sentence.Start, read, text.Length);
            read = sentence.Start + sentence.Source.Length;
        }

        Assert.True(string.IsNullOrWhiteSpace(text[(int)read..]));
    }

    [Fact]
    public void Huge_numbers_are_read_digit_by_digit()
    {
        var words = TestWords.FrontEnd.Read(new string('7', 3000)).SelectMany(sentence => sentence.Words).ToArray();
        Assert.Equal(3000, words.Length);
        Assert.All(words, word => Assert.Equal("seven", word.Text));
    }

    [Fact]
    public void Nothing_is_null()
    {
        Assert.Throws<ArgumentNullException>(() => new TextFrontEnd(null!));
        Assert.Throws<ArgumentNullException>(() => TestWords.FrontEnd.Read((string)null!));
        Assert.Throws<ArgumentNullException>(() => TestWords.FrontEnd.Read((IEnumerable<string>)null!));
    }

    private static TextWarning OnlyWarning(string text)
    {
        var sentence = TestWords.FrontEnd.Read(text).Single();
        Assert.Equal(["one", "two"], sentence.Words.Select(word => word.Text));
        return sentence.Warnings.Single();
    }
}

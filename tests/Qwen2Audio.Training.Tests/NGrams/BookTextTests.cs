using Qwen2Audio.Training.NGrams;

namespace Qwen2Audio.Training.Tests.NGrams;

public sealed class BookTextTests
{
    [Fact]
    public void Prose_becomes_spoken_words()
    {
        string[] expected =
        [
            "it was the thirtieth of december eighteen forty two and proud was the kiss", "doctor smith paid five dollars today he said never",
            "what is it", "mister brown cried", "then silence a thing unknown",
        ];
        Assert.Equal(expected, BookText.Sentences("""
            CHAPTER THE FIRST

            It was the 30th of December, 1842; and proud
            was the _kiss_. Dr. Smith paid $5 to-day,[1] he said: NEVER! "What is it?" Mr. Brown cried.

            Then silence--a thing unknown. Yes!

              1842    17    12.5
              1843    18    12.9
            """));
    }

    [Theory]
    [InlineData("*** START OF THE PROJECT GUTENBERG EBOOK 12 ***", "*** END OF THE PROJECT GUTENBERG EBOOK 12 ***")]
    [InlineData("*** START OF THIS PROJECT\r\nGUTENBERG EBOOK ***", "End of Project Gutenberg's Book")]
    [InlineData("*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04.29.93*END*", "End of the Project Gutenberg Etext")]
    public void The_licence_is_left_out(string head, string tail)
    {
        var body = string.Concat(Enumerable.Repeat("It was a bright cold day, and nobody spoke. ", 10));
        var sentences = BookText.Sentences($"This etext is for you to use.\r\n\r\n{head}\r\n\r\n{body}\r\n\r\n{tail}\r\n\r\nThis licence is long.").ToArray();
        Assert.Equal(10, sentences.Length);
        Assert.All(sentences, sentence => Assert.Equal("it was a bright cold day and nobody spoke", sentence));
    }
}

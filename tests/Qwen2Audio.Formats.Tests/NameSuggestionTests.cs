namespace Qwen2Audio.Formats.Tests;

public sealed class NameSuggestionTests
{
    private static readonly string[] Options = ["words", "json", "labels", "threads", "decoding", "m"];
    private static readonly string[] Labels = ["baby cry", "dog bark", "smart mirror", "one", "two", "bed", "cat"];

    [Theory]
    [InlineData("word", "words")]
    [InlineData("jsno", "json")]
    [InlineData("WORDS", "words")]
    [InlineData("lables", "labels")]
    [InlineData("dec", "decoding")]
    [InlineData("x", null)]
    [InlineData("m", null)]
    [InlineData("volume", null)]
    [InlineData("", null)]
    public void A_slip_or_a_beginning_is_near(string given, string? near) => Assert.Equal(near, NameSuggestion.Find(given, Options));

    [Theory]
    [InlineData("dog", "dog bark")]
    [InlineData("crying baby", "baby cry")]
    [InlineData("mirror", "smart mirror")]
    [InlineData("to", "two")]
    [InlineData("yes", null)]
    [InlineData("stop", null)]
    public void So_is_a_name_that_shares_a_word(string given, string? near) => Assert.Equal(near, NameSuggestion.Find(given, Labels));

    [Fact]
    public void A_slip_goes_before_a_shared_word() => Assert.Equal("dog barks", NameSuggestion.Find("dog bark", ["dog", "dog barks"]));

    [Fact]
    public void The_hint_is_the_end_of_a_message()
    {
        Assert.Equal("; did you mean words?", NameSuggestion.Hint("word", Options));
        Assert.Equal("", NameSuggestion.Hint("volume", Options));
    }
}

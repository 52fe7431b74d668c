namespace Qwen2Audio.Text.Tests;

public sealed class Qwen2PretokenizerTests
{
    [Theory]
    [InlineData("don't stop", "don|'t| stop")]
    [InlineData("WE'LL 'S", "WE|'LL| '|S")]
    [InlineData("a  b", "a| | b")]
    [InlineData("12 ab", "1|2| ab")]
    [InlineData("x  \n\n y", "x|  \n\n| y")]
    [InlineData("end   ", "end|   ")]
    [InlineData(" (hi)!\n", " (|hi|)!\n")]
    [InlineData("\tword", "\tword")]
    [InlineData("\U00010400\U00010401", "\U00010400\U00010401")]
    public void PiecesFollowThePattern(string text, string expected)
    {
        var pieces = new List<Range>();
        Qwen2Pretokenizer.Split(text, pieces);
        Assert.Equal(expected.Split('|'), pieces.Select(piece => text[piece]));
    }
}

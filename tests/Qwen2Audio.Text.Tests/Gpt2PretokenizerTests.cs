using System.Text.RegularExpressions;

namespace Qwen2Audio.Text.Tests;

public sealed partial class Gpt2PretokenizerTests
{
    [Theory]
    [InlineData("don't stop", "don|'t| stop")]
    [InlineData("WE'LL we'll", "WE|'|LL| we|'ll")]
    [InlineData(" 's'something", " '|s|'s|omething")]
    [InlineData("a  b", "a| | b")]
    [InlineData("12 345ab", "12| 345|ab")]
    [InlineData("x  \n\n y", "x|  \n\n| y")]
    [InlineData("x\ny", "x|\n|y")]
    [InlineData("x \ny", "x| |\n|y")]
    [InlineData("end   ", "end|   ")]
    [InlineData(" (hi)!\n", " (|hi|)!|\n")]
    [InlineData("\tword", "\t|word")]
    [InlineData(" \u00A0word", " |\u00A0|word")]
    [InlineData("\U00010400\U00010401 \U0001D7CE", "\U00010400\U00010401| \U0001D7CE")]
    [InlineData("it're've'm'd'r", "it|'re|'ve|'m|'d|'|r")]
    public void PiecesFollowThePattern(string text, string expected) => Assert.Equal(expected.Split('|'), Pieces(text));

    [Fact]
    public void PiecesOfAnyTextJoinToItAndAreThoseOfTheRegularExpression()
    {
        const string alphabet = "ab'sStrevmld \n\r\t\u00A0\u20280159½٣é中ǅ.,!?<|>-_\u0301\u200B\u3000";
        var random = new Random(11);
        for (var round = 0; round < 4000; round++)
        {
            var text = new StringBuilder();
            for (var i = random.Next(1, 30); i > 0; i--) text.Append(alphabet[random.Next(alphabet.Length)]);
            var pieces = Pieces(text.ToString());
            Assert.Equal(text.ToString(), string.Concat(pieces));
            Assert.Equal(Pattern().Matches(text.ToString()).Select(match => match.Value), pieces);
        }
    }

    [Fact]
    public void AnyCodePointsArePartOfOnePiece()
    {
        var random = new Random(12);
        for (var round = 0; round < 500; round++)
        {
            var text = new StringBuilder();
            for (var i = random.Next(1, 20); i > 0;)
            {
                if (!Rune.TryCreate(random.Next(0x110000), out var rune)) continue;
                text.Append(rune).Append(random.Next(4) == 0 ? " " : "");
                i--;
            }

            Assert.Equal(text.ToString(), string.Concat(Pieces(text.ToString())));
            Assert.All(Pieces(text.ToString()), piece => Assert.False(char.IsLowSurrogate(piece[0])));
        }
    }

    [Fact]
    public void ALongTextTakesLinearTime()
    {
        var pieces = new List<Range>();
        Gpt2Pretokenizer.Split(new string('x', 500_000) + new string(' ', 500_000), pieces);
        Assert.Equal(2, pieces.Count);
    }

    private static List<string> Pieces(string text)
    {
        var pieces = new List<Range>();
        Gpt2Pretokenizer.Split(text, pieces);
        return [.. pieces.Select(piece => text[piece])];
    }

    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")]
    private static partial Regex Pattern();
}

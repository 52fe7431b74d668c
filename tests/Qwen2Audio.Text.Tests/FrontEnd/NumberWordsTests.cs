using Qwen2Audio.Text.FrontEnd;

namespace Qwen2Audio.Text.Tests.FrontEnd;

public sealed class NumberWordsTests
{
    [Theory]
    [InlineData("0", "zero")]
    [InlineData("10", "ten")]
    [InlineData("19", "nineteen")]
    [InlineData("20", "twenty")]
    [InlineData("110", "one hundred ten")]
    [InlineData("999", "nine hundred ninety nine")]
    [InlineData("1000", "one thousand")]
    [InlineData("1000001", "one million one")]
    [InlineData("1000000000000000000000", "one sextillion")]
    [InlineData("00", "zero zero")]
    public void Cardinals(string digits, string words) => Assert.Equal(words, NumberWords.Cardinal(digits));

    [Fact]
    public void The_largest_number_with_a_name_has_66_digits()
    {
        Assert.StartsWith("nine hundred ninety nine vigintillion nine hundred", NumberWords.Cardinal(new string('9', 66)), StringComparison.Ordinal);
        Assert.StartsWith("nine nine nine", NumberWords.Cardinal(new string('9', 67)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1", "first")]
    [InlineData("5", "fifth")]
    [InlineData("8", "eighth")]
    [InlineData("9", "ninth")]
    [InlineData("12", "twelfth")]
    [InlineData("20", "twentieth")]
    [InlineData("40", "fortieth")]
    [InlineData("53", "fifty third")]
    [InlineData("1000000", "one millionth")]
    public void Ordinals(string digits, string words) => Assert.Equal(words, NumberWords.Ordinal(digits));

    [Theory]
    [InlineData(1100, "eleven hundred")]
    [InlineData(1901, "nineteen oh one")]
    [InlineData(2000, "two thousand")]
    [InlineData(2009, "two thousand nine")]
    [InlineData(2010, "twenty ten")]
    [InlineData(500, "five hundred")]
    public void Years(int year, string words) => Assert.Equal(words, NumberWords.Year(year));

    [Theory]
    [InlineData("I", 1)]
    [InlineData("XLII", 42)]
    [InlineData("MCMXCIV", 1994)]
    [InlineData("IIII", 0)]
    [InlineData("IC", 0)]
    [InlineData("", 0)]
    public void Roman_numerals(string text, int value) => Assert.Equal(value, RomanNumeral.Value(text));
}

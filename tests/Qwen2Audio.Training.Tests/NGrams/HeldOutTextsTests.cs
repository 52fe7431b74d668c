using Qwen2Audio.Training.NGrams;

namespace Qwen2Audio.Training.Tests.NGrams;

public sealed class HeldOutTextsTests
{
    [Theory]
    [InlineData("one two three four five six seven eight", true)]
    [InlineData("zero one two three four five six seven eight", true)]
    [InlineData("two three four five six seven eight nine ten", true)]
    [InlineData("one two three four five six seven eighty", false)]
    [InlineData("none two three four five six seven eight", false)]
    [InlineData("short text only", false)]
    [InlineData("", false)]
    public void Eight_words_in_a_row_count(string sentence, bool shares) =>
        Assert.Equal(shares, new HeldOutTexts(["one two three four five six seven eight nine", "short text only"]).Share(sentence));
}

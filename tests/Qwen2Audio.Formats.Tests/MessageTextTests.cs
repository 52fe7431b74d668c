using Qwen2Audio.Formats.Json;

namespace Qwen2Audio.Formats.Tests;

/// <summary>Messages have a limited length and reveal nothing of the underlying libraries.</summary>
public sealed class MessageTextTests
{
    [Theory]
    [InlineData("{\"a\":1,}", "line 1, byte 8", "trailing comma")]
    [InlineData("{\n\"a\":x}", "line 2, byte 5", "invalid start of a value")]
    public void Why_it_is_no_JSON_is_told_once_with_the_place_from_1(string json, string place, string reason)
    {
        var error = Assert.Throws<ConfigException>(() => ConfigObject.Parse(json, "x.json"));
        Assert.StartsWith($"x.json: {place}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        foreach (var word in new[] { "LineNumber", "BytePositionInLine", "Path:", "reader options" }) Assert.DoesNotContain(word, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_problem_keeps_its_beginning_and_its_end()
    {
        var one = new CheckpointException("x", "place", new string('a', 100_000), "nothing of the kind");
        Assert.InRange(one.Message.Length, 1000, 2100);
        Assert.StartsWith("x: place: found aaa", one.Message, StringComparison.Ordinal);
        Assert.EndsWith("aaa; allowed: nothing of the kind", one.Message, StringComparison.Ordinal);
        var problems = new ProblemList();
        for (var i = 0; i < 50; i++) problems.Add($"place {i}", new string('a', 10_000), "b");
        Assert.InRange(new CheckpointException("x", problems).Message.Length, 1000, 20_000);
    }

    [Fact]
    public void No_half_of_a_surrogate_pair_is_left()
    {
        var text = string.Concat(Enumerable.Repeat("\U0001F600", 3000));
        for (var longest = 90; longest < 96; longest++)
        {
            var cut = MessageText.Short(text, longest);
            Assert.Equal(cut, System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(cut)));
        }
    }
}

namespace Qwen2Audio.Text.Tests;

/// <summary>Stop strings, however a text is split.</summary>
public sealed class StopFilterTests
{
    [Theory]
    [InlineData("hello STOP world", "STOP", "hello ", "STOP")]
    [InlineData("aaab", "aab", "a", "aab")]
    [InlineData("abcabcabd!", "abcabd", "abc", "abcabd")]
    [InlineData("xaby", "ab|xab", "", "xab")]
    [InlineData("abcd", "bc|abcd", "a", "bc")]
    [InlineData("abc", "abcd", "abc", null)]
    [InlineData("one 😀 two", "😀", "one ", "😀")]
    [InlineData("", "x", "", null)]
    [InlineData("no stops", "", "no stops", null)]
    public void TheTextEndsBeforeTheFirstStopString(string text, string stops, string expected, string? found)
    {
        var shared = new StopStrings(stops.Split('|', StringSplitOptions.RemoveEmptyEntries));
        foreach (var piece in new[] { 1, 2, 3, 100 })
        {
            var filter = new StopFilter(shared);
            var handed = string.Concat(text.Chunk(piece).Select(part => filter.Push(new string(part)))) + filter.Flush();
            Assert.Equal(expected, handed);
            Assert.Equal(found, filter.Found);
            Assert.Equal("", filter.Found is null ? "" : filter.Push("more") + filter.Flush());
        }
    }

    [Fact]
    public void OnlyWhatMayBecomeAStopStringIsHeldBack()
    {
        var filter = new StopFilter(new StopStrings(["</s>", "\n\n"]));
        string[] pieces = ["a<", "/", "b", "\n", "c</", "s", "d"];
        string[] expected = ["a", "", "</b", "", "\nc", "", "</sd"];
        Assert.Equal(expected, pieces.Select(filter.Push));
        Assert.Equal("", filter.Push("\n"));
        Assert.Equal("\n", filter.Flush());
        Assert.Null(filter.Found);
    }

    [Fact]
    public void ManyAgreeWithSearching()
    {
        var random = new Random(8);
        for (var round = 0; round < 2000; round++)
        {
            string Text(int length) => string.Concat(Enumerable.Range(0, length).Select(_ => (char)('a' + random.Next(2))));
            string[] stops = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Text(random.Next(2, 6)))];
            var text = Text(random.Next(0, 14));
            var end = Enumerable.Range(0, text.Length + 1).FirstOrDefault(at => stops.Any(stop => text[..at].EndsWith(stop, StringComparison.Ordinal)), -1);
            var stop = end < 0 ? null : stops.Where(stop => text[..end].EndsWith(stop, StringComparison.Ordinal)).MaxBy(stop => stop.Length);
            var filter = new StopFilter(new StopStrings(stops));
            var handed = "";
            for (var i = 0; i < text.Length; i++)
            {
                handed += filter.Push(text[i..(i + 1)]);
                if (filter.Found is not null) break;
                var held = text[handed.Length..(i + 1)];
                Assert.True(held.Length == 0 || stops.Any(other => other.StartsWith(held, StringComparison.Ordinal)));
            }

            handed += filter.Flush();
            Assert.Equal(end < 0 ? text : text[..(end - stop!.Length)], handed);
            Assert.Equal(stop, filter.Found);
        }
    }

    [Fact]
    public void TenThousandCostNoMoreThanOne()
    {
        var text = string.Concat(Enumerable.Repeat("stop 99 no, stop 1234 never; ", 1000));
        foreach (var count in new[] { 1, 10_000 })
        {
            var stops = new StopStrings([.. Enumerable.Range(0, count).Select(i => $"stop {i} now")]);
            var filter = new StopFilter(stops);
            Assert.Equal(text, filter.Push(text) + filter.Flush());
            var (state, looks) = (0, 0L);
            foreach (var next in text)
            {
                state = stops.Step(state, next, out var looked);
                looks += looked;
            }

            Assert.InRange(looks, text.Length, 2L * text.Length); // a state is left as often as one was entered
        }
    }

    [Fact]
    public void EmptyAndHalfTextsAreRefused()
    {
        Assert.Contains("empty", Assert.Throws<ArgumentException>(() => new StopStrings(["a", ""])).Message, StringComparison.Ordinal);
        Assert.Contains("surrogate", Assert.Throws<ArgumentException>(() => new StopStrings(["a\uD83D"])).Message, StringComparison.Ordinal);
    }
}

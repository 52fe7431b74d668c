using Qwen2Audio.Tasks.Whisper;

namespace Qwen2Audio.Tasks.Tests.Whisper;

public sealed class WindowSegmentsTests
{
    private const int T = 100; // <|0.00|>

    [Fact]
    public void PairsOfTimestampsCutSegmentsAndTheLastOneMovesTheWindow()
    {
        int[] tokens = [T, 1, 2, T + 50, T + 60, 3, T + 90, T + 90];
        var (segments, advance) = WindowSegments.Cut(tokens, T, 3000);
        Assert.Equal([new WindowSegment(0, 1, 0, 4), new WindowSegment(1.2, 1.8, 4, 3)], segments.Select(Rounded));
        Assert.Equal(180, advance);
    }

    [Fact]
    public void ASingleTimestampAtTheEndMeansThatNobodySpeaksAfterIt()
    {
        int[] tokens = [T, 1, 2, T + 50, T + 60, 3, T + 90];
        var (segments, advance) = WindowSegments.Cut(tokens, T, 2000);
        Assert.Equal([new WindowSegment(0, 1, 0, 4), new WindowSegment(1.2, 1.8, 4, 3)], segments.Select(Rounded));
        Assert.Equal(2000, advance);
    }

    [Fact]
    public void AnUnfinishedSegmentIsHeardAgain()
    {
        int[] tokens = [T, 1, 2, T + 50, T + 60, 3];
        var (segments, advance) = WindowSegments.Cut(tokens, T, 3000);
        Assert.Equal([new WindowSegment(0, 1, 0, 4)], segments.Select(Rounded));
        Assert.Equal(100, advance);
    }

    [Theory]
    [InlineData(new[] { T, 1, T + 40 }, 0.8)]
    [InlineData(new[] { T, 1, 2 }, 20.0)]
    [InlineData(new[] { 1, 2 }, 20.0)]
    [InlineData(new int[0], 20.0)]
    public void WithoutPairsTheWindowIsOneSegment(int[] tokens, double end)
    {
        var (segments, advance) = WindowSegments.Cut(tokens, T, 2000);
        Assert.Equal([new WindowSegment(0, end, 0, tokens.Length)], segments.Select(Rounded));
        Assert.Equal(2000, advance);
    }

    [Fact]
    public void TheWindowAlwaysMovesAndNeverBeyondItsEnd()
    {
        var random = new Random(3);
        for (var round = 0; round < 5000; round++)
        {
            var tokens = Enumerable.Range(0, random.Next(12)).Select(_ => random.Next(3) == 0 ? random.Next(50) : T + random.Next(1501)).ToArray();
            var frames = random.Next(1, 3001);
            var (segments, advance) = WindowSegments.Cut(tokens, T, frames);
            Assert.InRange(advance, 1, frames);
            Assert.All(segments, segment => Assert.True(segment.End <= frames * 0.01 + 1e-9 && segment.Start >= 0));
            Assert.All(segments.Zip(segments.Skip(1)), pair => Assert.Equal(pair.First.First + pair.First.Count, pair.Second.First));
        }
    }

    private static WindowSegment Rounded(WindowSegment segment) =>
        segment with { Start = Math.Round(segment.Start, 6), End = Math.Round(segment.End, 6) };
}

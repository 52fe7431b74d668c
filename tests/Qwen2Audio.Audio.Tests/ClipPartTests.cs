namespace Qwen2Audio.Audio.Tests;

public sealed class ClipPartTests
{
    private static readonly AudioClip Clip = new([.. Enumerable.Range(0, 40).Select(i => (float)i)], 10, 2, []);

    [Theory]
    [InlineData(0, 2, 0, 40)]
    [InlineData(0.5, 0.2, 10, 4)]
    [InlineData(1.5, 0, 30, 10)] // to the end
    [InlineData(1.5, 0.51, 30, 10)] // within the tolerance
    [InlineData(0.04, 0.11, 0, 2)] // to the nearest samples
    public void APartHasItsSamplesOfAllChannels(double from, double seconds, int first, int count)
    {
        var part = Clip.Part(from, seconds, tolerance: 0.02);
        Assert.Equal(Enumerable.Range(first, count).Select(i => (float)i), part.Samples);
        Assert.Equal((10, 2), (part.SampleRate, part.Channels));
    }

    [Theory]
    [InlineData(1.5, 0.6)]
    [InlineData(2, 0)]
    [InlineData(-0.1, 1)]
    [InlineData(0, -1)]
    [InlineData(1e9, 1)]
    public void WhatIsNotThereIsRefused(double from, double seconds) => Assert.ThrowsAny<ArgumentException>(() => Clip.Part(from, seconds));
}

using Qwen2Audio.Audio.Pictures;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Audio.Tests;

/// <summary>Spectrograms to be drawn, and their colours.</summary>
public sealed class MelPictureTests
{
    [Theory, InlineData(500, 16_000), InlineData(1000, 16_000), InlineData(3000, 8000), InlineData(9000, 44_100)]
    public void A_tone_is_a_line_at_its_height(int hz, int rate)
    {
        using var pool = new WorkerPool(1);
        float[] tone = [.. Enumerable.Range(0, rate).Select(i => 0.3f * MathF.Sin(2 * MathF.PI * hz * i / rate))];
        var picture = MelPicture.Of(pool, tone, rate);
        Assert.InRange(picture.Width, 195, 205);
        Assert.Equal(1, picture.Seconds);
        var middle = picture.Levels(picture.Width / 2).ToArray();
        var brightest = Enumerable.Range(0, MelPicture.Height).MaxBy(bin => middle[bin]);
        Assert.InRange(brightest + 0.5 - MelPicture.Height * picture.HeightOf(hz), -1.5, 1.5);
        Assert.True(middle[brightest] - middle[MelPicture.Height - 1 - brightest] > 40);
        Assert.Equal((0, 1), (picture.HeightOf(0), Math.Round(picture.HeightOf(rate / 2.0), 9)));
    }

    [Fact]
    public void Silence_and_a_single_sample_can_be_drawn()
    {
        using var pool = new WorkerPool(1);
        Assert.NotEmpty(MelPicture.Of(pool, new float[4000], 16_000).ToPng(0));
        Assert.NotEmpty(MelPicture.Of(pool, [0.5f], 16_000).ToPng(0));
        Assert.Throws<ArgumentException>(() => MelPicture.Of(pool, [], 16_000));
    }

    /// <summary>In greyscale, a lighter colour is a larger value.</summary>
    [Fact]
    public void Colours_grow_lighter()
    {
        var luminance = Colour.Scale.Select(colour => 0.2126 * Math.Pow(colour.Red, 2.2) + 0.7152 * Math.Pow(colour.Green, 2.2) + 0.0722 * Math.Pow(colour.Blue, 2.2)).ToList();
        Assert.Equal(256, luminance.Count);
        for (var i = 4; i < luminance.Count; i++) Assert.True(luminance[i] > luminance[i - 4], $"colour {i}");
        Assert.True(luminance[^1] > 30 * luminance[0]);
    }
}

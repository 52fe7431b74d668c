using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Speech.Augmentations;
using Qwen2Audio.Training.Speech.Features;

namespace Qwen2Audio.Training.Tests.Speech;

public sealed class MelAugmentationTests
{
    private static MelFrames Make(int frames, Func<int, int, float> value)
    {
        var values = new float[frames * MelFrames.Bins];
        for (var i = 0; i < values.Length; i++) values[i] = value(i / MelFrames.Bins, i % MelFrames.Bins);
        return new MelFrames(values);
    }

    [Fact]
    public void StretchingKeepsARampARamp()
    {
        var stretched = MelAugmentation.Stretch(Make(100, (frame, _) => frame / 100f), 1.5);
        Assert.Equal(150, stretched.Frames);
        for (var frame = 1; frame < 149; frame++) Assert.Equal((((frame + 0.5) / 1.5) - 0.5) / 100, stretched.Frame(frame)[7], 4);
    }

    [Theory]
    [InlineData(1.1)]
    [InlineData(0.9)]
    public void WarpingMovesAToneByTheFactor(double factor)
    {
        const double tone = 2000;
        var frames = Make(3, (_, bin) => -MathF.Abs((float)(bin - MelScale.Bin(tone))));
        MelAugmentation.Warp(frames, factor);
        var values = frames.Frame(1).ToArray();
        Assert.InRange(Array.IndexOf(values, values.Max()), MelScale.Bin(tone * factor) - 0.75, MelScale.Bin(tone * factor) + 0.75);
    }

    [Fact]
    public void MelBinsCoverTheBand()
    {
        Assert.Equal(40, MelScale.Bin(MelScale.Centre(40)), 9);
        Assert.InRange(MelScale.Centre(79), 7600, 8000);
        Assert.InRange(MelScale.Centre(MelScale.FirstAbove(3900)), 3900, 4150);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(20)]
    public void NoiseIsAddedAtItsDistance(double distance)
    {
        var frames = Make(10, (_, _) => -1);
        MelAugmentation.AddNoise(frames, Make(3, (_, _) => -5), 1, distance);
        Assert.All(frames.Values, value => Assert.Equal(Math.Log10(0.1 * (1 + Math.Pow(10, -distance / 10))), value, 4));
    }

    [Fact]
    public void LevellingBringsTheLoudestToZeroAndLiftsTheRest()
    {
        var frames = Make(4, (frame, bin) => frame == 2 && bin == 5 ? 1.5f : -3);
        MelAugmentation.Cut(frames, 60);
        frames.Level();
        Assert.Equal(0, frames.Frame(2)[5]);
        Assert.Equal(-4.5f, frames.Frame(0)[5]);
        Assert.Equal(MelFrames.Lowest, frames.Frame(0)[60]);
    }

    [Fact]
    public void TheChannelIsTheSameInEveryFrame()
    {
        var frames = Make(4, (frame, _) => frame);
        MelAugmentation.Channel(frames, [0.3, -0.1]);
        Assert.Equal(0.2f, frames.Frame(0)[0], 5);
        for (var bin = 0; bin < MelFrames.Bins; bin++) Assert.Equal(3, frames.Frame(3)[bin] - frames.Frame(0)[bin], 4);
    }

    [Fact]
    public void MasksHaveTheClipsMean()
    {
        var values = Make(400, (frame, bin) => ((frame * 7) + bin) % 13).Values;
        var mean = values.Average();
        var before = values.ToArray();
        var random = new CounterRandom(1, 2);
        SpecAugment.Apply(values, MelFrames.Bins, new SpecAugmentOptions(), ref random);
        var changed = Enumerable.Range(0, values.Length).Where(i => values[i] != before[i]).ToList();
        Assert.NotEmpty(changed);
        Assert.All(changed, i => Assert.Equal(mean, values[i], 3));
        Assert.InRange(changed.Count, 1, (24 * 400) + (5 * 12 * MelFrames.Bins));
        Assert.Throws<ArgumentException>(() => Blank(new float[100]));

        static void Blank(float[] values)
        {
            var random = new CounterRandom(1, 2);
            SpecAugment.Apply(values, MelFrames.Bins, new SpecAugmentOptions(), ref random);
        }
    }

    [Fact]
    public void MadeUpNoiseIsLevelled()
    {
        for (ulong draw = 0; draw < 30; draw++)
        {
            var random = new CounterRandom(2, draw);
            var frames = SyntheticNoiseMel.Draw(ref random);
            Assert.Equal(0, frames.Values.Max());
            Assert.InRange(frames.Values.Min(), MelFrames.Lowest, 0);
        }
    }
}

using Qwen2Audio.Numerics.Spectra;

namespace Qwen2Audio.Numerics.Tests.Spectra;

/// <summary>Features of frames, and frames from spectra, compared with explicit sums; their gradients are covered by the operators' contract tests.</summary>
public sealed class SpectralFeaturesTests : KernelTest
{
    [Theory]
    [InlineData(4, 4)]
    [InlineData(7, 5)]
    [InlineData(12, 8)]
    [InlineData(30, 15)]
    [InlineData(480, 320)]
    public void FramesAreTheInverseTransformUnderAWindow(int points, int hop)
    {
        var inverse = new InverseSpectrum(points, hop);
        var x = TestMatrices.Filled(Memory, 3, 2 * inverse.Bins);
        x.Row(1)[1] = 9; // above the bound
        var frames = Memory.Allocate(3, points);
        inverse.Forward(Pool, x, default, frames);
        for (var row = 0; row < 3; row++)
        {
            for (var t = 0; t < points; t++)
            {
                var sum = 0.0;
                for (var k = 0; k < points; k++)
                {
                    var (bin, sign) = k < inverse.Bins ? (k, 1) : (points - k, -1);
                    var magnitude = Math.Exp(Math.Min(x.Row(row)[bin], 5));
                    var phase = sign * (double)x.Row(row)[inverse.Bins + bin];
                    var isReal = bin == 0 || 2 * bin == points;
                    var turn = 2 * Math.PI * k * t / points;
                    sum += magnitude * (Math.Cos(phase) * Math.Cos(turn) - (isReal ? 0 : Math.Sin(phase) * Math.Sin(turn)));
                }

                Assert.Equal(sum / points * Window(points, hop, t), frames.Row(row)[t], 1e-4 * (1 + Math.Abs(sum / points)));
            }
        }
    }

    [Theory]
    [InlineData(480, 320)]
    [InlineData(640, 320)]
    [InlineData(960, 640)]
    public void SquaresOfShiftedWindowsSumToOne(int points, int hop)
    {
        for (var t = 0; t < hop; t++)
        {
            var sum = 0.0;
            for (var i = t; i < points; i += hop) sum += Math.Pow(Window(points, hop, i), 2);
            Assert.Equal(1, sum, 1e-12);
        }
    }

    [Fact]
    public void FeaturesAreLogarithmsOfMelPowersAndTheCompressedSpectrum()
    {
        const int Points = 20, Hop = 6, Bins = 4;
        float[] filters = new float[2 * 11];
        (filters[3], filters[4], filters[5], filters[11 + 9]) = (0.5f, 1, 0.25f, 2);
        var features = new SpectralFeatures(Points, Hop, 3, filters, Bins);
        Assert.Equal((Points + 2 * Hop, 3 * (2 + 2 * Bins)), (features.Samples, features.Columns));
        var x = TestMatrices.Filled(Memory, 2, features.Samples);
        x.Row(1).Clear();
        var y = Memory.Allocate(2, features.Columns);
        features.Forward(Pool, x, y);
        for (var row = 0; row < 2; row++)
        {
            for (var s = 0; s < 3; s++)
            {
                var found = y.Row(row).Slice(s * 10, 10);
                var (re, im, power) = (new double[11], new double[11], new double[11]);
                for (var k = 0; k < 11; k++)
                {
                    for (var t = 0; t < Points; t++)
                    {
                        var value = x.Row(row)[s * Hop + t] * (0.5 - 0.5 * Math.Cos(2 * Math.PI * t / Points));
                        re[k] += value * Math.Cos(2 * Math.PI * k * t / Points);
                        im[k] -= value * Math.Sin(2 * Math.PI * k * t / Points);
                    }

                    power[k] = re[k] * re[k] + im[k] * im[k];
                }

                Assert.Equal(0.25 * Math.Log(Math.Max(0.5 * power[3] + power[4] + 0.25 * power[5], 1e-6)) + 0.5, found[0], 1e-5);
                Assert.Equal(0.25 * Math.Log(Math.Max(2 * power[9], 1e-6)) + 0.5, found[1], 1e-5);
                for (var k = 0; k < Bins; k++)
                {
                    var scale = Math.Pow(power[k] + 1e-6, -0.35);
                    Assert.Equal(re[k] * scale, found[2 + k], 1e-5);
                    Assert.Equal(im[k] * scale, found[2 + Bins + k], 1e-5);
                }
            }
        }
    }

    [Fact]
    public void SizesThatDoNotFitAreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new InverseSpectrum(480, 481));
        Assert.Throws<ArgumentOutOfRangeException>(() => new InverseSpectrum(480, 239));
        Assert.Throws<ArgumentException>(() => new SpectralFeatures(20, 6, 1, new float[12], 0));
        Assert.Throws<ArgumentException>(() => new SpectralFeatures(20, 6, 1, [], 12));
        Assert.Throws<ArgumentException>(() => new SpectralFeatures(20, 6, 1, [], 0));
    }

    private static double Window(int points, int hop, int t)
    {
        var (slope, at) = (points - hop, Math.Min(t, points - 1 - t));
        return at < slope ? Math.Sin(Math.PI / 2 * (at + 0.5) / slope) : 1;
    }
}

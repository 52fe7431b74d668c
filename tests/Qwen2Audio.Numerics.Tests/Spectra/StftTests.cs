using Qwen2Audio.Numerics.Spectra;
using Qwen2Audio.Numerics.Sweeps;

namespace Qwen2Audio.Numerics.Tests.Spectra;

/// <summary>Magnitudes and their gradient compared with explicit sums.</summary>
public sealed class StftTests : KernelTest
{
    [Theory]
    [InlineData(2, 1, 2, 5)]
    [InlineData(3, 1, 3, 9)]
    [InlineData(4, 1, 4, 9)]
    [InlineData(5, 2, 4, 20)]
    [InlineData(6, 2, 6, 21)]
    [InlineData(8, 2, 8, 30)]
    [InlineData(14, 3, 14, 41)]
    [InlineData(15, 4, 11, 40)]
    [InlineData(16, 4, 16, 64)]
    [InlineData(30, 7, 30, 100)]
    [InlineData(32, 8, 20, 100)]
    [InlineData(64, 16, 64, 33)]
    [InlineData(64, 16, 64, 7)] // shorter than the reflected ends
    [InlineData(64, 16, 64, 1)]
    [InlineData(94, 30, 94, 300)]
    [InlineData(100, 25, 100, 1000)]
    public void MagnitudesAndGradientsAreThoseOfTheSums(int points, int hop, int window, int samples)
    {
        var stft = new Stft(points, hop, window);
        var waves = TestMatrices.Filled(Memory, 2, samples);
        var (spectrum, magnitude) = Forward(stft, waves);
        var dMagnitude = TestMatrices.Filled(Memory, magnitude.Rows, magnitude.Columns);
        var dWaves = TestMatrices.Filled(Memory, 2, samples);
        var before = dWaves.Span.ToArray();
        stft.MagnitudeBackward(Pool, spectrum, dMagnitude, dWaves);

        var frames = stft.Frames(samples);
        Assert.Equal(2 * frames, magnitude.Rows);
        var expected = before.Select(value => (double)value).ToArray();
        for (var row = 0; row < magnitude.Rows; row++)
        {
            var places = Enumerable.Range(0, points).Select(i => Place(row % frames * hop - points / 2 + i, samples)).ToArray();
            for (var k = 0; k < stft.Bins; k++)
            {
                double re = 0, im = 0;
                for (var i = 0; i < points; i++)
                {
                    var x = waves.Row(row / frames)[places[i]] * Hann(i - (points - window) / 2, window);
                    re += x * Math.Cos(2 * Math.PI * i * k / points);
                    im -= x * Math.Sin(2 * Math.PI * i * k / points);
                }

                var size = Math.Sqrt(re * re + im * im);
                Assert.Equal(size, magnitude.Row(row)[k], 1e-6 * (1 + size));
                if (size < 1e-6) continue; // no direction
                for (var i = 0; i < points; i++)
                {
                    var turn = 2 * Math.PI * i * k / points;
                    expected[row / frames * samples + places[i]] += dMagnitude.Row(row)[k] * Hann(i - (points - window) / 2, window)
                        * (re * Math.Cos(turn) - im * Math.Sin(turn)) / size;
                }
            }
        }

        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], dWaves.Span[i], 2e-5 * (1 + Math.Abs(expected[i])));
    }

    [Fact]
    public void SilenceHasTheAddedPowerAndNoGradient()
    {
        var stft = new Stft(16, 4);
        var waves = Memory.AllocateZeroed(1, 40);
        var (spectrum, magnitude) = Forward(stft, waves, 1e-4f);
        foreach (var value in magnitude.Span) Assert.Equal(1e-2f, value, 1e-8f);
        var dWaves = Memory.AllocateZeroed(1, 40);
        stft.MagnitudeBackward(Pool, spectrum, TestMatrices.Filled(Memory, magnitude.Rows, magnitude.Columns), dWaves, 1e-4f);
        Assert.Equal(0, Vectors.SumOfSquares(Pool, dWaves));
    }

    [Fact]
    public void AWaveformDoesNotDependOnItsNeighbours()
    {
        var stft = new Stft(48, 12);
        var waves = TestMatrices.Filled(Memory, 3, 555);
        var together = Forward(stft, waves).Magnitude;
        foreach (ref var value in waves.Row(1)) value *= 1e6f;
        var alone = Forward(stft, waves.RowRange(2, 1)).Magnitude;
        Assert.Equal(together.RowRange(2 * alone.Rows, alone.Rows).Span.ToArray(), alone.Span.ToArray());
        var loud = Forward(stft, waves).Magnitude;
        Assert.Equal(alone.Span.ToArray(), loud.RowRange(2 * alone.Rows, alone.Rows).Span.ToArray());
    }

    [Fact]
    public void AnEmptyWaveformIsRefused()
    {
        var stft = new Stft(16, 4);
        Assert.Throws<ArgumentException>(() => Forward(stft, Memory.Allocate(1, 0)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Stft(16, 4, 17));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Stft(1, 1));
    }

    private (Matrix Spectrum, Matrix Magnitude) Forward(Stft stft, Matrix waves, float added = 0)
    {
        var rows = waves.Rows * stft.Frames(waves.Columns);
        var (spectrum, magnitude) = (Memory.Allocate(rows, 2 * stft.Bins), Memory.Allocate(rows, stft.Bins));
        stft.Magnitude(Pool, waves, spectrum, magnitude, added);
        return (spectrum, magnitude);
    }

    private static double Hann(int i, int window) => i < 0 || i >= window ? 0 : 0.5 - 0.5 * Math.Cos(2 * Math.PI * i / window);

    private static int Place(int at, int samples)
    {
        while (samples > 1 && (at < 0 || at >= samples)) at = at < 0 ? -at : 2 * (samples - 1) - at;
        return samples == 1 ? 0 : at;
    }
}

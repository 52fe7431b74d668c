using Qwen2Audio.Numerics.Probabilities;

namespace Qwen2Audio.Numerics.Tests.Probabilities;

/// <summary>Logarithms of sums of exponentials, far from where the exponentials themselves exist.</summary>
public sealed class LogSumExpTests
{
    [Theory]
    [InlineData(0f)]
    [InlineData(1000f)]
    [InlineData(-1000f)]
    public void AShiftOfTheLogitsShiftsTheResult(float shift)
    {
        float[] x = [.. Enumerable.Range(0, 21).Select(i => shift + (i % 5) / 4f)];
        var expected = shift + Math.Log(x.Sum(value => Math.Exp((double)value - shift)));
        Assert.Equal(expected, LogSumExp.Of(x), 1e-10);
    }

    [Fact]
    public void ProbabilitiesSumToOne()
    {
        float[] x = [.. Enumerable.Range(0, 37).Select(i => 300f * MathF.Sin(i)), float.NegativeInfinity];
        double[] logs = new double[x.Length], p = new double[x.Length];
        LogSumExp.LogProbabilities(x, 0.5, logs);
        LogSumExp.Exponentials(logs, p);
        Assert.Equal(1, p.Sum(), 1e-12);
        Assert.Equal(0, p[^1]);
        Assert.Equal(logs[3] - logs[5], 0.5 * ((double)x[3] - x[5]), 1e-9);
    }

    [Fact]
    public void NothingAtAllHasNoLogarithm()
    {
        Assert.Equal(double.NegativeInfinity, LogSumExp.Of([float.NegativeInfinity, float.NegativeInfinity]));
        Assert.Equal(double.NaN, LogSumExp.Of([1, float.NaN]));
    }
}

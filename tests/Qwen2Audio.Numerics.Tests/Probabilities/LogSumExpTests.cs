using Qwen2Audio.Numerics.Probabilities;

namespace Qwen2Audio.Numerics.Tests.Probabilities;

/// <summary>Logarithms of sums of exponentials, where the exponentials themselves overflow or vanish.</summary>
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
    public void NothingAtAllHasNoLogarithm()
    {
        Assert.Equal(double.NegativeInfinity, LogSumExp.Of([float.NegativeInfinity, float.NegativeInfinity]));
        Assert.Equal(double.NaN, LogSumExp.Of([1, float.NaN]));
    }
}

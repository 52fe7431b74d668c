using Qwen2Audio.Training.Losses;

namespace Qwen2Audio.Training.Tests.Losses;

public sealed class DpoLossTests
{
    [Theory]
    [InlineData(0, -0.69314718055994530942)]
    [InlineData(3, -0.048587351573742065)]
    [InlineData(-3, -3.0485873515737421)]
    [InlineData(50, -1.9287498479639178e-22)]
    [InlineData(-1e5, -1e5)]
    [InlineData(1e5, 0)]
    public void Log_sigmoid_neither_overflows_nor_loses_small_values(double z, double expected) =>
        Assert.True(Math.Abs(DpoLoss.LogSigmoid(z) - expected) <= 1e-14 * Math.Abs(expected), $"{DpoLoss.LogSigmoid(z):r}");

    [Theory]
    [InlineData(0, 0.3)]
    [InlineData(0.2, -1.5)]
    [InlineData(0.45, 20)]
    public void The_slope_is_the_derivative(double smoothing, double gap)
    {
        var options = new DpoOptions(0.3, smoothing);
        var reference = new PairLogProbabilities(-30, -25);
        DpoPair At(double shift) => DpoLoss.Of(new PairLogProbabilities(-30 + gap + shift, -25.5), reference, options);
        Assert.Equal((At(1e-5).Loss - At(-1e-5).Loss) / 2e-5, At(0).Slope, 1e-8);
        Assert.Equal(0.3 * gap, At(0).RewardChosen, 1e-12);
        Assert.Equal(-0.15, At(0).RewardRejected, 1e-12);
        Assert.Equal(gap > -0.5, At(0).IsRight);
    }
}

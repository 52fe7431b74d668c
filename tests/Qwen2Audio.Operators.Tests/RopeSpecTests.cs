namespace Qwen2Audio.Operators.Tests;

/// <summary>Frequencies of rotary positions, with and without YaRN.</summary>
public sealed class RopeSpecTests
{
    private static readonly YarnSpec Yarn = new(4, 32_768, 32, 1, 1.1386294);

    [Fact]
    public void FrequenciesFallGeometrically()
    {
        var frequencies = new RopeSpec(64, 1e6).Frequencies();
        Assert.Equal(32, frequencies.Length);
        for (var j = 0; j < frequencies.Length; j++) Assert.Equal(Math.Pow(1e6, -j / 32.0), frequencies[j], 1e-6 * frequencies[j]);
        Assert.Equal(1, new RopeSpec(64, 1e6).Amplitude);
    }

    [Fact]
    public void YarnKeepsPairsThatTurnOftenAndSlowsThoseThatTurnSeldom()
    {
        var plain = new RopeSpec(128, 1e6).Frequencies();
        var stretched = new RopeSpec(128, 1e6, Yarn);
        var frequencies = stretched.Frequencies();
        for (var j = 0; j < plain.Length; j++)
        {
            var turns = 32_768 * plain[j] / (2 * Math.PI);
            if (turns > 40) Assert.Equal(plain[j], frequencies[j]);
            else if (turns < 0.8) Assert.Equal(plain[j] / 4, frequencies[j], 1e-6 * plain[j]);
            else Assert.InRange(frequencies[j], plain[j] / 4 * 0.999999, plain[j]);
        }

        Assert.Equal((float)1.1386294, stretched.Amplitude);
    }

    [Theory]
    [InlineData(7, 1e4)]
    [InlineData(0, 1e4)]
    [InlineData(8, 0)]
    [InlineData(8, double.PositiveInfinity)]
    public void WhatHasNoAnglesIsRefused(int width, double theta) =>
        Assert.Throws<ArgumentException>(() => new RopeSpec(width, theta).Frequencies());
}

using Qwen2Audio.Formats.Tokens;

namespace Qwen2Audio.Formats.Tests.Tokens;

public sealed class RangeEncoderTests
{
    private const uint Sum = ITokenModel.FrequencySum;

    /// <summary>The most probable and the least probable entries in any order; a long row of either makes carries run through many bytes.</summary>
    [Fact]
    public void Codes_of_extreme_probabilities_come_back()
    {
        uint[] rare = [0, 1, Sum - 1, Sum];
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            int[] codes = [.. Enumerable.Range(0, random.Next(2000)).Select(_ => random.Next(1000) is var at && at < seed ? at % 3 : seed % 3)];
            Assert.Equal(codes, Decoded(Coded(codes, rare), codes.Length, rare));
        }
    }

    [Fact]
    public void What_is_certain_costs_nothing() => Assert.InRange(Coded([.. Enumerable.Repeat(1, 100_000)], [0, 1, Sum - 1, Sum]).Length, 1, 2);

    [Fact]
    public void Frequencies_of_another_sum_or_of_zero_are_refused()
    {
        Assert.Throws<InvalidOperationException>(() => new RangeEncoder().Add([0, 1, 2], 0));
        Assert.Throws<InvalidOperationException>(() => new RangeEncoder().Add([0, 0, Sum], 0));
    }

    private static byte[] Coded(int[] codes, uint[] cumulative)
    {
        var encoder = new RangeEncoder();
        foreach (var code in codes) encoder.Add(cumulative, code);
        return encoder.Finish().ToArray();
    }

    private static int[] Decoded(byte[] bytes, int count, uint[] cumulative)
    {
        var decoder = new RangeDecoder(bytes);
        var codes = new int[count];
        foreach (ref var code in codes.AsSpan()) code = decoder.Next(cumulative);
        Assert.True(decoder.IsAtEnd);
        return codes;
    }
}

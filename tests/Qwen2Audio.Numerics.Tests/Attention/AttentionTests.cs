using Qwen2Audio.Numerics.Attention;

namespace Qwen2Audio.Numerics.Tests.Attention;

public class AttentionTests
{
    /// <summary>heads, kv heads, dim, causal, window, queries, keys, offset, chunk.</summary>
    public static TheoryData<int, int, int, bool, int, int, int, int, int> Cases => new()
    {
        { 1, 1, 1, true, 0, 1, 1, 0, 1 },
        { 2, 1, 4, true, 0, 5, 5, 0, 1 },
        { 4, 2, 8, true, 5, 23, 23, 0, 1 },
        { 6, 2, 32, true, 0, 70, 70, 0, 1 },
        { 4, 4, 48, false, 0, 37, 61, 0, 1 },
        { 3, 1, 64, true, 0, 19, 83, 64, 1 },
        { 14, 2, 64, true, 0, 1, 130, 129, 1 },
        { 1, 1, 64, true, 0, 1, 2500, 2499, 1 },
        { 8, 2, 16, true, 700, 2, 2100, 2098, 1 },
        { 2, 2, 128, false, 0, 33, 45, 0, 1 },
        { 2, 1, 20, true, 0, 17, 12, -6, 1 },
        { 2, 1, 12, true, 3, 9, 4, 0, 1 },
        { 5, 1, 33, false, 7, 12, 40, 20, 1 },
        { 2, 1, 8, true, 0, 3, 0, 0, 1 },
        { 4, 2, 8, true, 0, 23, 23, 0, 5 },
        { 4, 4, 44, true, 3, 90, 90, 0, 12 },
        { 2, 1, 20, true, 2, 12, 36, 24, 12 },
        { 2, 1, 12, false, 2, 40, 40, 0, 7 },
        { 2, 1, 8, true, 0, 9, 6, -4, 3 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void ForwardEqualsTheDefinition(
        int heads, int kvHeads, int dim, bool causal, int window, int queries, int keys, int offset, int chunk)
    {
        using var pool = new WorkerPool(2);
        using var data = new AttentionCase(new(heads, kvHeads, dim, causal, window, chunk), queries, keys, offset, seed: 1);
        ScaledDotProductAttention.Forward(pool, data.Shape, [data.Segment]);

        var expected = new AttentionReference(data.Shape, data.Segment);
        Assert.InRange(AttentionReference.Error(data.Segment.Y, expected.Y), 0, 1e-6);
        Assert.InRange(AttentionReference.Error(data.Segment.LogSumExp, expected.LogSumExp), 0, 1e-6);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void ProbabilitiesEqualTheDefinition(
        int heads, int kvHeads, int dim, bool causal, int window, int queries, int keys, int offset, int chunk)
    {
        using var pool = new WorkerPool(2);
        using var data = new AttentionCase(new(heads, kvHeads, dim, causal, window, chunk), queries, keys, offset, seed: 2);
        var found = data.Filled(heads * queries, keys, new Random(1), 1f);
        ScaledDotProductAttention.Probabilities(pool, data.Shape, data.Segment, found);

        var expected = new AttentionReference(data.Shape, data.Segment);
        Assert.InRange(AttentionReference.Error(found, expected.Probabilities), 0, 1e-6);
    }

    [Theory]
    [InlineData(1, 1, 1, true, 0, 3, 3, 0, 1)]
    [InlineData(2, 1, 4, true, 0, 5, 5, 0, 1)]
    [InlineData(4, 2, 8, true, 5, 19, 19, 0, 1)]
    [InlineData(3, 3, 16, false, 0, 7, 18, 0, 1)]
    [InlineData(2, 1, 12, true, 0, 9, 12, -4, 1)]
    [InlineData(2, 1, 20, true, 4, 6, 3, 0, 1)]
    [InlineData(3, 1, 48, false, 0, 12, 9, 0, 1)]
    [InlineData(2, 1, 8, true, 0, 3, 0, 0, 1)]
    [InlineData(4, 2, 8, true, 0, 19, 19, 0, 4)]
    [InlineData(2, 2, 12, true, 2, 40, 40, 0, 6)]
    [InlineData(2, 1, 12, true, 0, 9, 6, -4, 3)]
    public void BackwardEqualsFiniteDifferences(
        int heads, int kvHeads, int dim, bool causal, int window, int queries, int keys, int offset, int chunk)
    {
        using var pool = new WorkerPool(2);
        using var data = new AttentionCase(new(heads, kvHeads, dim, causal, window, chunk), queries, keys, offset, seed: 3);
        ScaledDotProductAttention.Forward(pool, data.Shape, [data.Segment]);
        data.Segment.Y.Fill(float.NaN); // not read
        ScaledDotProductAttention.Backward(pool, data.Shape, [data.Segment]);

        var expected = new AttentionReference(data.Shape, data.Segment);
        var upstream = AttentionReference.ToDouble(data.Segment.DY);
        Assert.InRange(AttentionReference.Error(data.Segment.DQ, expected.Gradient(expected.Q, upstream)), 0, 3e-6);
        Assert.InRange(AttentionReference.Error(data.Segment.DK, expected.Gradient(expected.K, upstream)), 0, 3e-6);
        Assert.InRange(AttentionReference.Error(data.Segment.DV, expected.Gradient(expected.V, upstream)), 0, 3e-6);
    }

    [Fact]
    public void BackwardAddsToWhatIsThere()
    {
        using var pool = new WorkerPool(1);
        using var data = new AttentionCase(new(2, 1, 16, true, 0), 20, 20, 0, seed: 4);
        ScaledDotProductAttention.Forward(pool, data.Shape, [data.Segment]);
        ScaledDotProductAttention.Backward(pool, data.Shape, [data.Segment]);
        var once = AttentionReference.ToDouble(data.Segment.DK);
        ScaledDotProductAttention.Backward(pool, data.Shape, [data.Segment]);
        for (var i = 0; i < 20; i++)
        {
            for (var j = 0; j < 16; j++) Assert.Equal(2 * once[i, j], data.Segment.DK.Row(i)[j], 1e-6);
        }
    }

    [Theory]
    [InlineData(30f)]
    [InlineData(100f)]
    public void LargeScoresDoNotOverflow(float spread)
    {
        using var pool = new WorkerPool(2);
        using var data = new AttentionCase(new(2, 2, 16, true, 0), 40, 40, 0, seed: 5, spread);
        for (var i = 0; i < 40; i++)
        {
            foreach (ref var value in data.Segment.Q.Row(i)) value = spread + value * 0.1f; // all scores near 4 · spread² · 0.1…
            foreach (ref var value in data.Segment.K.Row(i)) value = 1f + value / spread * 0.1f;
        }

        ScaledDotProductAttention.Forward(pool, data.Shape, [data.Segment]);
        ScaledDotProductAttention.Backward(pool, data.Shape, [data.Segment]);

        var expected = new AttentionReference(data.Shape, data.Segment);
        Assert.True(expected.LogSumExp[0, 0] > 100);
        Assert.InRange(AttentionReference.Error(data.Segment.Y, expected.Y), 0, 1e-4);
        Assert.True(data.Segment.DQ.Row(39).ToArray().All(float.IsFinite));
    }

    [Fact]
    public void AQueryThatSeesNothingGivesZeroAndNoGradient()
    {
        using var pool = new WorkerPool(2);
        using var data = new AttentionCase(new(2, 1, 8, true, 0), 6, 6, -2, seed: 6);
        ScaledDotProductAttention.Forward(pool, data.Shape, [data.Segment]);
        ScaledDotProductAttention.Backward(pool, data.Shape, [data.Segment]);
        for (var i = 0; i < 2; i++)
        {
            Assert.All(data.Segment.Y.Row(i).ToArray(), value => Assert.Equal(0f, value));
            Assert.All(data.Segment.DQ.Row(i).ToArray(), value => Assert.Equal(0f, value));
            Assert.Equal(float.NegativeInfinity, data.Segment.LogSumExp.Row(1)[i]);
        }

        Assert.All(data.Segment.DV.Row(5).ToArray(), value => Assert.Equal(0f, value)); // seen by none
        Assert.Contains(data.Segment.DV.Row(3).ToArray(), value => value != 0f);
    }

    [Fact]
    public void ANotANumberIsNotHidden()
    {
        using var pool = new WorkerPool(1);
        using var data = new AttentionCase(new(1, 1, 16, true, 0), 20, 20, 0, seed: 7);
        data.Segment.K.Row(4)[3] = float.NaN;
        ScaledDotProductAttention.Forward(pool, data.Shape, [data.Segment]);
        Assert.True(float.IsFinite(data.Segment.Y.Row(3)[0]));
        Assert.True(float.IsNaN(data.Segment.Y.Row(4)[0]));
        Assert.True(float.IsNaN(data.Segment.Y.Row(19)[0]));
    }

    [Fact]
    public void MisshapenMatricesAreNamed()
    {
        using var pool = new WorkerPool(1);
        using var data = new AttentionCase(new(2, 1, 8, true, 0), 4, 4, 0, seed: 8);
        var error = Assert.Throws<ArgumentException>(() => ScaledDotProductAttention.Forward(pool, new(2, 2, 8, true, 0), [data.Segment]));
        Assert.Contains("K is 4 × 8, 4 × 16 is needed", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ScaledDotProductAttention.Forward(pool, new(3, 2, 8, true, 0), [data.Segment]));
        Assert.Throws<ArgumentException>(() => ScaledDotProductAttention.Backward(pool, new(2, 1, 8, true, -1), [data.Segment]));
    }
}

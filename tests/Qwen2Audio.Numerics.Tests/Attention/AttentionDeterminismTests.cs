using Qwen2Audio.Numerics.Attention;

namespace Qwen2Audio.Numerics.Tests.Attention;

public class AttentionDeterminismTests
{
    private static readonly AttentionShape Shape = new(6, 2, 32, Causal: true, Window: 0);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void TheNumberOfThreadsChangesNoBit(int threads)
    {
        Assert.Equal(Results(1, [90, 1, 33], 1), Results(threads, [90, 1, 33], 1));
    }

    [Fact]
    public void OtherSequencesChangeNoBit()
    {
        var together = Results(2, [90, 1, 33], 0);
        Assert.Equal(Results(2, [90], 0), together);
        Assert.Equal(Results(3, [90, 200], 0), together);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    public void AQueryAtATimeEqualsAllQueries(int window)
    {
        using var pool = new WorkerPool(2);
        using var data = new AttentionCase(Shape with { Window = window }, 100, 100, 0, seed: 9);
        ScaledDotProductAttention.Forward(pool, data.Shape, [data.Segment]);
        var all = AttentionReference.ToDouble(data.Segment.Y);
        for (var i = 0; i < 100; i++)
        {
            var step = new AttentionSegment
            {
                Q = data.Segment.Q.RowRange(i, 1),
                K = data.Segment.K.RowRange(0, i + 1),
                V = data.Segment.V.RowRange(0, i + 1),
                Y = data.Segment.Y.RowRange(i, 1),
                Offset = i,
            };
            ScaledDotProductAttention.Forward(pool, data.Shape, [step]);
        }

        Assert.InRange(AttentionReference.Error(data.Segment.Y, all), 0, 1e-6);
    }

    [Theory]
    [InlineData(64, 64)]
    [InlineData(1, 3000)]
    public void NothingIsAllocated(int queries, int keys)
    {
        using var pool = new WorkerPool(1); // other threads' allocations are not counted
        using var data = new AttentionCase(Shape, queries, keys, keys - queries, seed: 10);
        AttentionSegment[] segments = [data.Segment];
        Step();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Step();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Step()
        {
            ScaledDotProductAttention.Forward(pool, Shape, segments);
            ScaledDotProductAttention.Backward(pool, Shape, segments);
        }
    }

    private static float[] Results(int threads, int[] lengths, int index)
    {
        using var pool = new WorkerPool(threads);
        var cases = lengths.Select((length, i) => new AttentionCase(Shape, length, length, 0, seed: 20 + i)).ToArray();
        var segments = cases.Select(one => one.Segment).ToArray();
        ScaledDotProductAttention.Forward(pool, Shape, segments);
        ScaledDotProductAttention.Backward(pool, Shape, segments);
        var chosen = segments[index];
        float[] results = [.. Flat(chosen.Y), .. Flat(chosen.LogSumExp), .. Flat(chosen.DQ), .. Flat(chosen.DK), .. Flat(chosen.DV)];
        foreach (var one in cases) one.Dispose();
        return results;
    }

    private static IEnumerable<float> Flat(Matrix matrix) => Enumerable.Range(0, matrix.Rows).SelectMany(i => matrix.Row(i).ToArray());
}

using Qwen2Audio.Inference.Whisper;

namespace Qwen2Audio.Tasks.Tests.Whisper;

public sealed class DynamicTimeWarpingTests
{
    [Fact]
    public void ThePathIsTheReferences()
    {
        var random = new Random(4);
        for (var round = 0; round < 500; round++)
        {
            var (rows, columns) = (random.Next(1, 9), random.Next(1, 12));
            var cost = Enumerable.Range(0, rows * columns).Select(_ => round % 2 == 0 ? random.NextDouble() : random.Next(3)).ToArray();
            Assert.Equal(Reference(cost, rows, columns), DynamicTimeWarping.FirstColumns(cost, rows, columns));
        }
    }

    [Fact]
    public void ADiagonalIsFollowed()
    {
        var cost = new double[4 * 12];
        Array.Fill(cost, 1);
        for (var row = 0; row < 4; row++)
            for (var column = 3 * row; column < 3 * row + 3; column++) cost[row * 12 + column] = -1;
        Assert.Equal([0, 3, 6, 9], DynamicTimeWarping.FirstColumns(cost, 4, 12));
    }

    [Fact]
    public void TheMedianReflectsAtTheEnds()
    {
        double[] values = [5, 1, 9, 2, 8, 3];
        DynamicTimeWarping.Median(values, 3);
        Assert.Equal([1, 5, 2, 8, 3, 8], values);
        double[] few = [3, 1, 2];
        DynamicTimeWarping.Median(few, 7);
        Assert.Equal([3, 1, 2], few);
    }

    /// <summary>A plain version of openai/whisper's <c>dtw_cpu</c> and <c>backtrace</c>.</summary>
    private static int[] Reference(double[] x, int n, int m)
    {
        var cost = new double[n + 1, m + 1];
        var trace = new int[n + 1, m + 1];
        for (var i = 0; i <= n; i++)
            for (var j = 0; j <= m; j++) cost[i, j] = double.PositiveInfinity;
        cost[0, 0] = 0;
        for (var j = 1; j <= m; j++)
        {
            for (var i = 1; i <= n; i++)
            {
                var (c0, c1, c2) = (cost[i - 1, j - 1], cost[i - 1, j], cost[i, j - 1]);
                var (c, t) = c0 < c1 && c0 < c2 ? (c0, 0) : c1 < c0 && c1 < c2 ? (c1, 1) : (c2, 2);
                (cost[i, j], trace[i, j]) = (x[(i - 1) * m + j - 1] + c, t);
            }
        }

        for (var j = 0; j <= m; j++) trace[0, j] = 2;
        for (var i = 0; i <= n; i++) trace[i, 0] = 1;
        var first = new int[n];
        for (int i = n, j = m; i > 0 || j > 0;)
        {
            if (i > 0 && j > 0) first[i - 1] = j - 1;
            var t = trace[i, j];
            if (t != 1) j--;
            if (t != 2) i--;
        }

        return first;
    }
}

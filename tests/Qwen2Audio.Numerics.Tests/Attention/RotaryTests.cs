using Qwen2Audio.Numerics.Attention;

namespace Qwen2Audio.Numerics.Tests.Attention;

public sealed class RotaryTests() : KernelTest(seed: 14)
{
    [Theory]
    [InlineData(2, 1)]
    [InlineData(16, 3)]
    [InlineData(64, 4)]
    [InlineData(80, 2)]
    [InlineData(128, 2)]
    public void Pairs_turn_by_their_angles(int dim, int heads)
    {
        var table = PlainRotaryTables.Table(dim, 1e6);
        int[] positions = [0, 1, 2, 500, 31_999, RotaryTable.Limit - 1, RotaryTable.Limit, 2_000_000];
        var x = Sample.Normal(positions.Length, heads * dim, strided: true);
        var before = Numbers.Of(x);
        Rotary.Apply(Pool, table, x, positions, inverse: false);
        Numbers.Near(Turned(before, positions, dim, heads, 1), x, 2e-7, "turned");
        Rotary.Apply(Pool, table, x, positions, inverse: true);
        Numbers.Near(before, x, 3e-7, "turned back");
    }

    [Fact]
    public void Far_positions_turn_as_the_table_would()
    {
        const int Dim = 64;
        var table = PlainRotaryTables.Table(Dim, 1e4);
        var x = Sample.Normal(1, Dim);
        var far = Sample.Copy(x);
        Rotary.Apply(Pool, table, far, [RotaryTable.Limit + 5], inverse: false);
        Assert.Equal(RotaryTable.Limit, table.Positions);
        Numbers.Near(Turned(Numbers.Of(x), [RotaryTable.Limit + 5], Dim, 1, 1, 1e4f), far, 2e-7);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new RotaryTable([]));
        var table = PlainRotaryTables.Table(8, 1e4);
        Assert.Throws<ArgumentException>(() => Rotary.Apply(Pool, table, Sample.Zeros(1, 12), [0], inverse: false));
        Assert.Throws<ArgumentException>(() => Rotary.Apply(Pool, table, Sample.Zeros(2, 8), [0], inverse: false));
        Assert.Throws<ArgumentException>(() => Rotary.Apply(Pool, table, Sample.Zeros(1, 8), [-1], inverse: false));
    }

    private static double[] Turned(double[] x, int[] positions, int dim, int heads, int sign, float theta = 1e6f)
    {
        var y = new double[x.Length];
        for (var start = 0; start < x.Length; start += dim)
        {
            for (var j = 0; j < dim / 2; j++)
            {
                var angle = positions[start / dim / heads] * (1f / (float)Math.Pow(theta, 2f * j / dim));
                var (sin, cos) = Math.SinCos((double)angle);
                y[start + j] = x[start + j] * cos - x[start + j + dim / 2] * sin * sign;
                y[start + j + dim / 2] = x[start + j + dim / 2] * cos + x[start + j] * sin * sign;
            }
        }

        return y;
    }
}

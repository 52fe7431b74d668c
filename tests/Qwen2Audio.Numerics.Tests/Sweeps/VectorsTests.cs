using Qwen2Audio.Numerics.Sweeps;

namespace Qwen2Audio.Numerics.Tests.Sweeps;

public sealed class VectorsTests() : KernelTest(seed: 15)
{
    public static TheoryData<int, int, bool> Shapes() => new() { { 1, 1, false }, { 1, 40_003, false }, { 7, 19, true }, { 300, 130, false } };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Number_by_number(int rows, int columns, bool strided)
    {
        var (a, b) = (Sample.Normal(rows, columns, strided: strided), Sample.Normal(rows, columns));
        var (x, y) = (Numbers.Of(a), Numbers.Of(b));
        var target = Sample.Copy(b);
        Vectors.Add(Pool, a, target);
        Numbers.Near([.. x.Zip(y, (u, v) => u + v)], target, 1e-7, "sum");
        Vectors.AddScaled(Pool, -0.5f, a, target);
        Numbers.Near([.. x.Zip(y, (u, v) => 0.5 * u + v)], target, 2e-7, "scaled sum");
        Vectors.Scale(Pool, 3, target);
        Numbers.Near([.. x.Zip(y, (u, v) => 1.5 * u + 3 * v)], target, 3e-7, "scaled");
        Vectors.Multiply(Pool, a, b, target);
        Numbers.Near([.. x.Zip(y, (u, v) => u * v)], target, 1e-7, "product");
        var near = Sample.Copy(b);
        Vectors.Approach(Pool, 0.25f, a, near);
        Numbers.Near([.. x.Zip(y, (u, v) => 0.25 * u + 0.75 * v)], near, 2e-7, "approached");
        var scale = Sample.Normal(rows, 1);
        Vectors.RowScale(Pool, a, scale, target);
        Numbers.Near([.. x.Select((u, i) => u * scale.Row(i / columns)[0])], target, 1e-7, "rows scaled");
        var channels = Sample.Normal(1, columns);
        Vectors.ColumnScale(Pool, a, channels, target);
        Numbers.Near([.. x.Select((u, i) => u * channels.Row(0)[i % columns])], target, 1e-7, "columns scaled");
        Vectors.RowDots(Pool, a, b, scale);
        var products = x.Zip(y, (u, v) => u * v).ToArray();
        double[] dots = [.. Enumerable.Range(0, rows).Select(r => products.AsSpan(r * columns, columns).ToArray().Sum())];
        Numbers.Near(dots, scale, 3e-6, "dots");
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Sums(int rows, int columns, bool strided)
    {
        var x = Sample.Normal(rows, columns, 1, 1, strided);
        var numbers = Numbers.Of(x);
        Assert.Equal(1, Vectors.Sum(Pool, x) / numbers.Sum(), 1e-12);
        Assert.Equal(1, Vectors.SumOfSquares(Pool, x) / numbers.Sum(v => v * v), 1e-12);
        var sums = Sample.Zeros(1, columns);
        sums.Fill(2);
        ColumnSums.Accumulate(Pool, x, sums);
        double[] expected = [.. Enumerable.Range(0, columns).Select(c => 2 + Enumerable.Range(0, rows).Sum(r => (double)x.Row(r)[c]))];
        Numbers.Near(expected, sums, 1e-6, "column sums");
    }

    [Fact]
    public void Squares_of_huge_and_tiny_numbers_add_up()
    {
        Assert.Equal(2e60, Vectors.SumOfSquares(Pool, Sample.Of(1e30f, -1e30f)), 1e54);
        Assert.Equal(1e-60, Vectors.SumOfSquares(Pool, Sample.Of(1e-30f)), 1e-66);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void One_number_that_is_not_finite_is_found_anywhere(float value)
    {
        var x = Sample.Normal(3, 13_001, 1e30, strided: true);
        Assert.True(Vectors.AllFinite(Pool, x));
        foreach (var (row, column) in ((int, int)[])[(0, 0), (1, 6000), (2, 13_000)])
        {
            var before = x.Row(row)[column];
            x.Row(row)[column] = value;
            Assert.False(Vectors.AllFinite(Pool, x));
            x.Row(row)[column] = before;
        }
    }

    [Fact]
    public void Nothing_is_a_sum_of_zero()
    {
        var nothing = Sample.Zeros(0, 4);
        Assert.Equal(0, Vectors.Sum(Pool, nothing));
        Assert.True(Vectors.AllFinite(Pool, nothing));
        Vectors.Add(Pool, nothing, nothing);
        ColumnSums.Accumulate(Pool, nothing, Sample.Zeros(1, 4));
    }
}

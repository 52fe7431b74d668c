using Qwen2Audio.Numerics.Activations;
using Qwen2Audio.Numerics.Norms;
using Qwen2Audio.Numerics.Time;

namespace Qwen2Audio.Numerics.Tests.Activations;

/// <summary>Snake, leaky ReLU, weight norm and the order of a recurrence.</summary>
public sealed class CodecKernelTests() : KernelTest(seed: 12)
{
    [Theory, InlineData(1, 1, false), InlineData(5, 37, true), InlineData(200, 130, false)]
    public void Snake_and_its_gradients(int rows, int columns, bool strided)
    {
        var x = Sample.Normal(rows, columns, 3, strided: strided);
        var alpha = Sample.Normal(1, columns, 0.3, 1);
        var dy = Sample.Normal(rows, columns, strided: strided);
        var y = Sample.Zeros(rows, columns);
        var dalpha = Sample.Zeros(1, columns);
        Snake.Forward(Pool, x, alpha, y);
        var (values, upstream, alphas) = (Numbers.Of(x), Numbers.Of(dy), Numbers.Of(alpha));
        Snake.Backward(Pool, x, alpha, dy, dy, dalpha);
        var expected = new double[values.Length];
        var slopes = new double[values.Length];
        var sums = new double[columns];
        for (var i = 0; i < values.Length; i++)
        {
            var (a, v) = (alphas[i % columns], values[i]);
            var z = (double)((float)a * (float)v); // the product is rounded as the reference rounds it
            var (sine, inverse) = (Math.Sin(z), 1 / (a + 1e-9));
            expected[i] = v + sine * sine * inverse;
            slopes[i] = upstream[i] * (1 + Math.Sin(2 * z) * a * inverse);
            sums[i % columns] += upstream[i] * inverse * (Math.Sin(2 * z) * v - sine * sine * inverse);
        }

        Numbers.Near(expected, y, 3e-7, "y");
        Numbers.Near(slopes, dy, 1e-6, "dx");
        Numbers.Near(sums, dalpha, 3e-6, "dalpha");
    }

    /// <summary>Every float of a grid over many turns: sin² is accurate absolutely, and relatively near 0.</summary>
    [Fact]
    public void Each_value_of_snake_keeps_its_digits()
    {
        var x = Sample.Zeros(200_001, 1);
        for (var i = 0; i < x.Rows; i++) x.Span[i] = (i - 100_000) * 1e-2f;
        var y = Sample.Zeros(x.Rows, 1);
        Snake.Forward(Pool, x, Sample.Of(1f), y);
        for (var i = 0; i < x.Rows; i++)
        {
            var v = (double)x.Span[i];
            var expected = v + Math.Pow(Math.Sin(v), 2) / (1 + 1e-9);
            Assert.Equal(expected, y.Span[i], 1.5e-7 * Math.Max(1, Math.Abs(expected)));
        }
    }

    [Fact]
    public void Snake_of_huge_and_strange_numbers_stays_within_its_bounds()
    {
        var x = Sample.Of(1e30f, -3e8f, 1e-30f, float.NaN);
        var y = Sample.Zeros(1, 4);
        Snake.Forward(Pool, x, Sample.Of(1f, 1f, 1f, 1f), y);
        Assert.Equal(1e30f, y.Span[0]);
        Assert.InRange(y.Span[1], -3e8f, -3e8f + 32);
        Assert.Equal(1e-30f, y.Span[2]);
        Assert.True(float.IsNaN(y.Span[3]));
    }

    [Fact]
    public void Leaky_relu_and_its_slope()
    {
        var x = Sample.Of(2f, -2f, 0f, float.NaN);
        var y = Sample.Zeros(1, 4);
        LeakyRelu.Forward(Pool, 0.1f, x, y);
        Assert.Equal([2f, -0.2f, 0f, float.NaN], y.Span.ToArray());
        y.Fill(1);
        LeakyRelu.Backward(Pool, 0.1f, x, y, y);
        Assert.Equal([1f, 0.1f, 0.1f], y.Span[..3].ToArray());
    }

    [Theory, InlineData(1, 1), InlineData(7, 33), InlineData(40, 500)]
    public void Weight_norm_and_its_gradients(int rows, int columns)
    {
        var v = Sample.Normal(rows, columns, strided: true);
        var g = Sample.Normal(rows, 1);
        var dw = Sample.Normal(rows, columns);
        var (w, dv, dg) = (Sample.Zeros(rows, columns), Sample.Zeros(rows, columns), Sample.Zeros(rows, 1));
        WeightNorm.Forward(Pool, v, g, w);
        WeightNorm.Backward(Pool, v, g, dw, dv, dg);
        var (vs, gs, us) = (Numbers.Of(v), Numbers.Of(g), Numbers.Of(dw));
        var (expected, slopes, lengths) = (new double[vs.Length], new double[vs.Length], new double[rows]);
        for (var r = 0; r < rows; r++)
        {
            double square = 0, along = 0;
            for (var c = r * columns; c < (r + 1) * columns; c++) (square, along) = (square + vs[c] * vs[c], along + vs[c] * us[c]);
            var norm = Math.Sqrt(square);
            lengths[r] = along / norm;
            for (var c = r * columns; c < (r + 1) * columns; c++)
            {
                expected[c] = gs[r] * vs[c] / norm;
                slopes[c] = gs[r] / norm * (us[c] - along / square * vs[c]);
            }
        }

        Numbers.Near(expected, w, 5e-7, "w");
        if (columns > 1) Numbers.Near(slopes, dv, 2e-6, "dv");
        Numbers.Near(lengths, dg, 2e-6, "dg");
    }

    [Fact]
    public void A_recurrence_takes_first_rows_first_and_longer_sequences_before_shorter_ones()
    {
        var time = new TimeMajor([0, 1, 1, 4, 6]); // lengths 1, 0, 3, 2
        Assert.Equal([1, 4, 0, 2, 5, 3], time.Order.ToArray());
        Assert.Equal([3, 2, 1], Enumerable.Range(0, time.Steps).Select(time.Running));
        Assert.Equal([0, 3, 5], Enumerable.Range(0, time.Steps).Select(time.Start));
        Assert.Equal(0, new TimeMajor([0, 0]).Steps);
        Assert.Equal(0, new TimeMajor([0]).Steps);
    }
}

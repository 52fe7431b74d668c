using Qwen2Audio.Numerics.Activations;

namespace Qwen2Audio.Numerics.Tests.Activations;

public sealed class ElementwiseTests() : KernelTest(seed: 11)
{
    public static TheoryData<ElementwiseFunction, int, int, bool> Cases()
    {
        var cases = new TheoryData<ElementwiseFunction, int, int, bool>();
        foreach (var function in Enum.GetValues<ElementwiseFunction>())
        {
            cases.Add(function, 1, 1, false);
            cases.Add(function, 3, 37, true);
            cases.Add(function, 70, 517, false);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Values_and_slopes_are_those_of_the_function(ElementwiseFunction function, int rows, int columns, bool strided)
    {
        var x = Sample.Normal(rows, columns, 3, strided: strided);
        var dy = Sample.Normal(rows, columns, strided: strided);
        var y = strided ? Sample.Strided(rows, columns) : Sample.Zeros(rows, columns);
        Elementwise.Forward(Pool, function, x, y);
        var input = Numbers.Of(x);
        Numbers.Near([.. input.Select(v => Scalars.Value(function, v))], y, 3e-7, "y");

        Elementwise.Backward(Pool, function, x, dy, dy);
        using var again = new Sample(11);
        again.Normal(rows, columns, 3, strided: strided);
        var upstream = Numbers.Of(again.Normal(rows, columns, strided: strided));
        Numbers.Near([.. input.Zip(upstream, (v, d) => d * Scalars.Slope(function, v))], dy, 5e-7, "dx");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_slope_is_the_limit_of_differences(ElementwiseFunction function, int rows, int columns, bool strided)
    {
        if (rows > 3) return;
        var x = Sample.Normal(rows, columns, strided: strided);
        foreach (var v in Numbers.Of(x))
        {
            var difference = (Scalars.Value(function, v + 1e-5) - Scalars.Value(function, v - 1e-5)) / 2e-5;
            if (Math.Abs(v) > 1e-4) Assert.Equal(difference, Scalars.Slope(function, v), 1e-8);
        }
    }

    /// <summary>Every float32 of a coarse grid over the whole range: each result separately, not only their sum.</summary>
    [Theory]
    [InlineData(ElementwiseFunction.Gelu, 2.5e-6)]
    [InlineData(ElementwiseFunction.Silu, 1e-6)]
    [InlineData(ElementwiseFunction.Relu, 0)]
    [InlineData(ElementwiseFunction.Sigmoid, 1e-6)]
    [InlineData(ElementwiseFunction.Tanh, 4e-7)]
    [InlineData(ElementwiseFunction.Elu, 3e-7)]
    public void Each_value_keeps_its_digits(ElementwiseFunction function, double limit)
    {
        var x = Sample.Zeros(1, 200_001);
        for (var i = 0; i < x.Columns; i++) x.Span[i] = (i - 100_000) * 1e-4f;
        var y = Sample.Zeros(1, x.Columns);
        Elementwise.Forward(Pool, function, x, y);
        for (var i = 0; i < x.Columns; i++)
        {
            var expected = Scalars.Value(function, x.Span[i]);
            var error = Math.Abs(y.Span[i] - expected);
            Assert.True(error <= limit * Math.Abs(expected), $"f({x.Span[i]:R}) = {y.Span[i]:R}, {expected:R} expected");
        }
    }

    [Theory]
    [InlineData(ElementwiseFunction.Gelu, 1e30f, 0f, 1f, 0f, 5e-31f)]
    [InlineData(ElementwiseFunction.Silu, 1e30f, 0f, 1f, 0f, 5e-31f)]
    [InlineData(ElementwiseFunction.Relu, 1e30f, 0f, 1f, 0f, 1e-30f)]
    [InlineData(ElementwiseFunction.Sigmoid, 1f, 0f, 0f, 0f, 0.5f)]
    [InlineData(ElementwiseFunction.Tanh, 1f, -1f, 0f, 0f, 1e-30f)]
    [InlineData(ElementwiseFunction.Elu, 1e30f, -1f, 1f, 0f, 1e-30f)]
    public void Huge_and_tiny_numbers(
        ElementwiseFunction function, float atHuge, float atMinusHuge, float slopeAtHuge, float slopeAtMinusHuge, float atTiny)
    {
        var x = Sample.Of(1e30f, -1e30f, 1e-30f, float.NaN);
        var y = Sample.Zeros(1, 4);
        Elementwise.Forward(Pool, function, x, y);
        Assert.Equal([atHuge, atMinusHuge, atTiny, float.NaN], y.Span.ToArray());
        y.Fill(1);
        Elementwise.Backward(Pool, function, x, y, y);
        Assert.Equal([slopeAtHuge, slopeAtMinusHuge], y.Span[..2].ToArray());
    }

    [Fact]
    public void Swiglu_and_its_gradients()
    {
        foreach (var (rows, columns) in ((int, int)[])[(1, 1), (5, 33), (64, 300)])
        {
            var gate = Sample.Normal(rows, columns, 3);
            var up = Sample.Normal(rows, columns, strided: true);
            var dy = Sample.Normal(rows, columns);
            var y = Sample.Copy(gate);
            SwiGlu.Forward(Pool, y, up, y);
            var (g, u, d) = (Numbers.Of(gate), Numbers.Of(up), Numbers.Of(dy));
            Numbers.Near([.. g.Select((v, i) => Scalars.Value(ElementwiseFunction.Silu, v) * u[i])], y, 3e-7, "y");

            var dgate = Sample.Normal(rows, columns);
            var dup = Sample.Strided(rows, columns);
            SwiGlu.Backward(Pool, gate, up, dy, dgate, dup);
            Numbers.Near([.. g.Select((v, i) => Scalars.Slope(ElementwiseFunction.Silu, v) * u[i] * d[i])], dgate, 5e-7, "dgate");
            Numbers.Near([.. g.Select((v, i) => Scalars.Value(ElementwiseFunction.Silu, v) * d[i])], dup, 5e-7, "dup");
        }
    }

    [Fact]
    public void Different_shapes_are_refused()
    {
        var x = Sample.Zeros(2, 3);
        var error = Assert.Throws<ArgumentException>(() => Elementwise.Forward(Pool, ElementwiseFunction.Relu, x, Sample.Zeros(3, 2)));
        Assert.Contains("2 × 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("3 × 2", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => SwiGlu.Forward(Pool, x, x, Sample.Zeros(2, 4)));
    }
}

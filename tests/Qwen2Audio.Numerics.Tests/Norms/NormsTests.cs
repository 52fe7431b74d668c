using Qwen2Audio.Numerics.Norms;
using Qwen2Audio.Numerics.Sweeps;

namespace Qwen2Audio.Numerics.Tests.Norms;

public sealed class NormsTests() : KernelTest(seed: 12)
{
    public static TheoryData<int, int, double, double> Shapes() => new()
    {
        { 1, 1, 1, 0 }, { 1, 7, 1, 0 }, { 5, 16, 1, 0.3 }, { 3, 33, 1, 0 }, { 70, 64, 2, 0 }, { 9, 40, 1e-3, 0 }, { 4, 40, 0.5, 1000 },
        { 4, 31, 1e30, 0 }, { 4, 31, 1e-30, 0 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Rms_norm_and_its_gradients(int rows, int width, double deviation, double mean)
    {
        var x = Sample.Normal(rows, width, deviation, mean, strided: true);
        var gain = Sample.Normal(1, width, 0.3, 1);
        var dy = Sample.Normal(rows, width);
        var (y, inverse) = (Sample.Zeros(rows, width), Sample.Zeros(rows, 1));
        RmsNorm.Forward(Pool, x, gain, 1e-6f, y, inverse);
        var (input, factors, upstream) = (Numbers.Of(x), Numbers.Of(gain), Numbers.Of(dy));
        Numbers.Near(NormReference.Rms(input, factors, 1e-6f), y, 4e-7, "y");

        var inPlace = Sample.Copy(x);
        RmsNorm.Forward(Pool, inPlace, gain, 1e-6f, inPlace, default);
        Numbers.Same(y, inPlace, "in place");

        var (dx, dgain) = (Sample.Zeros(rows, width), Sample.Zeros(1, width));
        RmsNorm.Backward(Pool, x, gain, inverse, dy, dx, dgain);
        var (wantedX, wantedGain) = NormReference.RmsGradient(input, factors, upstream, 1e-6f);
        Numbers.Near(wantedGain, dgain, 3e-6, "dgain");
        if (width > 1) Numbers.Near(wantedX, dx, 3e-6, "dx");
        if (deviation is < 1e-2 or > 100 || width == 1) return;
        Numbers.Near(Numbers.Gradient(input, upstream, v => NormReference.Rms(v, factors, 1e-6f)), dx, 1e-5, "dx by differences");
        Numbers.Near(Numbers.Gradient(factors, upstream, v => NormReference.Rms(input, v, 1e-6f)), dgain, 1e-5, "dgain by differences");
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Layer_norm_and_its_gradients(int rows, int width, double deviation, double mean)
    {
        var x = Sample.Normal(rows, width, deviation, mean, strided: true);
        var (gain, bias) = (Sample.Normal(1, width, 0.3, 1), Sample.Normal(1, width));
        var dy = Sample.Normal(rows, width);
        var (y, means, inverse) = (Sample.Zeros(rows, width), Sample.Zeros(rows, 1), Sample.Zeros(rows, 1));
        LayerNorm.Forward(Pool, x, gain, bias, 1e-5f, y, means, inverse);
        var (input, factors, offsets, upstream) = (Numbers.Of(x), Numbers.Of(gain), Numbers.Of(bias), Numbers.Of(dy));
        Numbers.Near(NormReference.Layer(input, factors, offsets, 1e-5f), y, 5e-7, "y");

        var inPlace = Sample.Copy(x);
        LayerNorm.Forward(Pool, inPlace, gain, bias, 1e-5f, inPlace, default, default);
        Numbers.Same(y, inPlace, "in place");

        var (dx, dgain, dbias) = (Sample.Zeros(rows, width), Sample.Zeros(1, width), Sample.Zeros(1, width));
        LayerNorm.Backward(Pool, x, gain, means, inverse, dy, dx, dgain, dbias);
        var (wantedX, wantedGain, wantedBias) = NormReference.LayerGradient(input, factors, upstream, 1e-5f);
        Numbers.Near(wantedGain, dgain, 3e-6, "dgain");
        Numbers.Near(wantedBias, dbias, 3e-6, "dbias");
        if (width > 1) Numbers.Near(wantedX, dx, 3e-6, "dx");
        if (deviation is < 1e-2 or > 100 || width == 1 || mean > 100) return;
        Numbers.Near(
            Numbers.Gradient(input, upstream, v => NormReference.Layer(v, factors, offsets, 1e-5f)), dx, 1e-5, "dx by differences");
    }

    /// <summary>A sequence treated as one row of all its values.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(300)]
    public void Sequence_norm_and_its_gradients(double mean)
    {
        const int Width = 21;
        int[] starts = [0, 1, 1, 40];
        var x = Sample.Normal(40, Width, 1, mean, strided: true);
        var (gain, bias, dy) = (Sample.Normal(1, Width, 0.3, 1), Sample.Normal(1, Width), Sample.Normal(40, Width));
        var (y, sums, statistics) = (Sample.Zeros(40, Width), Sample.Zeros(40, 2), Sample.Zeros(3, 2));
        SequenceNorm.Forward(Pool, x, starts, gain, bias, 1e-5f, y, sums, statistics);
        var (dx, dgain, dbias) = (Sample.Zeros(40, Width), Sample.Zeros(1, Width), Sample.Zeros(1, Width));
        SequenceNorm.Backward(x, starts, gain, statistics, dy, dx, dgain, dbias);
        var (wantedGain, wantedBias) = (new double[Width], new double[Width]);
        for (var s = 0; s < 3; s++)
        {
            var (start, count) = (starts[s], starts[s + 1] - starts[s]);
            if (count == 0) continue;
            double[] Tiled(Numerics.Memory.Matrix row) => [.. Enumerable.Repeat(Numbers.Of(row), count).SelectMany(v => v)];
            var (input, upstream) = (Numbers.Of(x.RowRange(start, count)), Numbers.Of(dy.RowRange(start, count)));
            Numbers.Near(NormReference.Layer(input, Tiled(gain), Tiled(bias), 1e-5f), y.RowRange(start, count), 1e-6, "y");
            var (toX, toGain, toBias) = NormReference.LayerGradient(input, Tiled(gain), upstream, 1e-5f);
            Numbers.Near(toX, dx.RowRange(start, count), 3e-6, "dx");
            for (var i = 0; i < toGain.Length; i++) (wantedGain[i % Width], wantedBias[i % Width]) = (wantedGain[i % Width] + toGain[i], wantedBias[i % Width] + toBias[i]);
        }

        Numbers.Near(wantedGain, dgain, 1e-5, "dgain");
        Numbers.Near(wantedBias, dbias, 3e-6, "dbias");
    }

    [Fact]
    public void Gradients_are_added_to_what_is_there_and_may_be_left_out()
    {
        var (x, dy) = (Sample.Normal(40, 24), Sample.Normal(40, 24));
        var (gain, inverse, means) = (Sample.Normal(1, 24), Sample.Normal(40, 1), Sample.Zeros(40, 1));
        var (first, second) = (Sample.Zeros(40, 24), Sample.Zeros(40, 24));
        var (dgain, dbias) = (Sample.Zeros(1, 24), Sample.Zeros(1, 24));
        RmsNorm.Backward(Pool, x, gain, inverse, dy, first, dgain);
        var once = Numbers.Of(dgain);
        RmsNorm.Backward(Pool, x, gain, inverse, dy, first, dgain);
        Numbers.Near([.. once.Select(v => 2 * v)], dgain, 1e-6, "dgain twice");
        RmsNorm.Backward(Pool, x, gain, inverse, dy, second, default);
        Vectors.Scale(Pool, 2, second);
        Numbers.Near(Numbers.Of(second), first, 1e-6, "dx twice");

        LayerNorm.Backward(Pool, x, gain, means, inverse, dy, first, default, dbias);
        second.CopyFrom(first);
        LayerNorm.Backward(Pool, x, gain, means, inverse, dy, second, default, default);
        Numbers.Near([.. Enumerable.Range(0, 24).Select(c => Enumerable.Range(0, 40).Sum(r => (double)dy.Row(r)[c]))], dbias, 1e-6, "dbias");
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(3.3f)]
    [InlineData(1e30f)]
    [InlineData(-1e-30f)]
    public void A_row_of_equal_numbers(float value)
    {
        var (x, gain, bias) = (Sample.Zeros(2, 21), Sample.Normal(1, 21), Sample.Normal(1, 21));
        x.Fill(value);
        var y = Sample.Zeros(2, 21);
        LayerNorm.Forward(Pool, x, gain, bias, 1e-5f, y, default, default);
        Numbers.Same(bias, y.RowRange(1, 1), "the bias alone");
        RmsNorm.Forward(Pool, x, gain, 1e-6f, y, default);
        Numbers.Near(NormReference.Rms(Numbers.Of(x), Numbers.Of(gain), 1e-6f), y, 4e-7);
    }

    [Fact]
    public void A_row_does_not_depend_on_its_company()
    {
        var (x, gain, bias) = (Sample.Normal(90, 203), Sample.Normal(1, 203), Sample.Normal(1, 203));
        var (all, one) = (Sample.Zeros(90, 203), Sample.Zeros(1, 203));
        RmsNorm.Forward(Pool, x, gain, 1e-6f, all, default);
        RmsNorm.Forward(Pool, x.RowRange(77, 1), gain, 1e-6f, one, default);
        Numbers.Same(one, all.RowRange(77, 1), "RmsNorm");
        LayerNorm.Forward(Pool, x, gain, bias, 1e-6f, all, default, default);
        LayerNorm.Forward(Pool, x.RowRange(77, 1), gain, bias, 1e-6f, one, default, default);
        Numbers.Same(one, all.RowRange(77, 1), "LayerNorm");
    }

    [Fact]
    public void Wrong_shapes_are_refused()
    {
        var (x, y) = (Sample.Zeros(2, 3), Sample.Zeros(2, 3));
        Assert.Throws<ArgumentException>(() => RmsNorm.Forward(Pool, x, Sample.Zeros(1, 4), 1e-6f, y, default));
        Assert.Throws<ArgumentException>(() => RmsNorm.Forward(Pool, x, Sample.Zeros(1, 3), 1e-6f, y, Sample.Zeros(1, 2)));
        Assert.Throws<ArgumentException>(() => LayerNorm.Forward(Pool, x, x.RowRange(0, 1), default, 1e-6f, y, default, default));
    }
}

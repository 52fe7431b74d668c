using Qwen2Audio.Numerics.Activations;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Time;

namespace Qwen2Audio.Numerics.Tests.Sweeps;

/// <summary>Row selection, pooling over time, dropout.</summary>
public sealed class RowGatherTests() : KernelTest(seed: 16)
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(9, 5, 33)]
    [InlineData(50, 700, 130)]
    public void Rows_are_chosen_and_gradients_of_repeats_add_up(int entries, int count, int width)
    {
        var table = Sample.Normal(entries, width, strided: true);
        var ids = Sample.Integers(count, entries);
        var y = Sample.Zeros(count, width);
        RowGather.Forward(Pool, table, ids, y);
        for (var i = 0; i < count; i++) Numbers.Same(table.RowRange(ids[i], 1), y.RowRange(i, 1), $"row {i}");

        var (dy, dtable) = (Sample.Normal(count, width), Sample.Normal(entries, width));
        var expected = Numbers.Of(dtable);
        for (var i = 0; i < count; i++)
            for (var c = 0; c < width; c++) expected[ids[i] * width + c] += dy.Row(i)[c];
        RowGather.Backward(Pool, dy, ids, dtable);
        Numbers.Near(expected, dtable, 1e-6);
        Assert.Throws<ArgumentException>(() => RowGather.Forward(Pool, table, [.. ids[1..], entries], y));
    }

    [Fact]
    public void Pairs_of_rows_are_averaged_within_their_sequence()
    {
        int[] starts = [0, 5, 5, 6, 10];
        int[] yStarts = [0, 2, 2, 2, 4];
        var x = Sample.Normal(10, 21, strided: true);
        var y = Sample.Zeros(4, 21);
        PairMean.Forward(Pool, x, starts, y, yStarts);
        int[] pairs = [0, 2, 6, 8];
        var numbers = Numbers.Of(x);
        double[] expected = [.. pairs.SelectMany(p => Enumerable.Range(0, 21).Select(c => (numbers[p * 21 + c] + numbers[p * 21 + 21 + c]) / 2))];
        Numbers.Near(expected, y, 1e-7, "y");

        var (dy, dx) = (Sample.Normal(4, 21), Sample.Zeros(10, 21));
        dx.Fill(1);
        PairMean.Backward(Pool, dy, yStarts, dx, starts);
        var gradient = Enumerable.Repeat(1.0, 210).ToArray();
        for (var i = 0; i < 4; i++)
            for (var c = 0; c < 42; c++) gradient[pairs[i] * 21 + c] += dy.Row(i)[c % 21] / 2;
        Numbers.Near(gradient, dx, 1e-7, "dx");
        Assert.Throws<ArgumentException>(() => PairMean.Forward(Pool, x, [0, 10], y, [0, 4]));
    }

    [Fact]
    public void Dropout_drops_its_share_and_keeps_the_mean()
    {
        var (x, y) = (Sample.Zeros(500, 401), Sample.Zeros(500, 401));
        x.Fill(1);
        Dropout.Apply(Pool, x, 0.2f, 99, y);
        var kept = Numbers.Of(y).Where(v => v != 0).ToArray();
        Assert.All(kept, v => Assert.Equal(1.25, v, 1e-6));
        Assert.Equal(0.8, kept.Length / 200_500.0, 4 * Math.Sqrt(0.2 * 0.8 / 200_500));

        var neighbours = 0; // both dropped: 4 in 100
        for (var r = 0; r < 500; r++)
            for (var c = 1; c < 401; c++) if (y.Row(r)[c] == 0 && y.Row(r)[c - 1] == 0) neighbours++;
        Assert.Equal(0.04, neighbours / 200_000.0, 0.003);
    }

    [Fact]
    public void The_mask_is_a_function_of_seed_and_place()
    {
        var (x, first, second) = (Sample.Normal(30, 47), Sample.Zeros(30, 47), Sample.Strided(30, 47));
        Dropout.Apply(Pool, x, 0.5f, 1, first);
        Dropout.Apply(Pool, x, 0.5f, 1, second);
        Numbers.Same(first, second, "same seed");
        var flat = Sample.Zeros(1, 30 * 47);
        Dropout.Apply(Pool, x.Reshape(1, 30 * 47), 0.5f, 1, flat);
        Numbers.Same(first, flat.Reshape(30, 47), "other shape");
        var same = 0;
        Dropout.Apply(Pool, x, 0.5f, 2, second);
        for (var r = 0; r < 30; r++)
            for (var c = 0; c < 47; c++) if (first.Row(r)[c] == 0 == (second.Row(r)[c] == 0)) same++;
        Assert.InRange(same, 600, 810); // half of 1410, five deviations
        Dropout.Apply(Pool, x, 0, 1, second);
        Numbers.Same(x, second, "rate 0");
        Assert.Throws<ArgumentException>(() => Dropout.Apply(Pool, x, 1, 1, second));
    }
}

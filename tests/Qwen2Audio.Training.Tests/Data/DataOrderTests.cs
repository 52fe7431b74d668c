using Qwen2Audio.Training.Data.Ordering;

namespace Qwen2Audio.Training.Tests.Data;

public sealed class DataOrderTests
{
    private const int Samples = 101;

    public static TheoryData<string> Fillings() => new(Enum.GetNames<RowFilling>());

    [Theory]
    [MemberData(nameof(Fillings))]
    public void Every_sample_comes_once_an_epoch_and_none_is_lost_between_epochs(string named)
    {
        var filling = Enum.Parse<RowFilling>(named);
        var order = Order(filling);
        var rows = Enumerable.Range(0, 200).SelectMany(step => order.Step(step).Rows).ToList();
        foreach (var row in rows) Assert.Single(row.Select(drawn => drawn.Epoch).Distinct());
        var drawn = rows.SelectMany(row => row).ToList();
        for (var epoch = 0; epoch < drawn[^1].Epoch; epoch++)
        {
            var samples = drawn.Where(one => one.Epoch == epoch).Select(one => one.Sample).ToList();
            Assert.Equal(Enumerable.Range(0, Samples), samples.Order());
            Assert.NotEqual(Enumerable.Range(0, Samples), samples);
        }

        Assert.True(drawn[^1].Epoch >= 2);
        Assert.NotEqual(drawn.Where(one => one.Epoch == 0).Select(one => one.Sample), drawn.Where(one => one.Epoch == 1).Select(one => one.Sample));
        Assert.Equal(drawn.Select(one => one.Epoch), drawn.Select(one => one.Epoch).Order());
    }

    [Theory]
    [MemberData(nameof(Fillings))]
    public void A_step_is_the_same_wherever_a_run_begins_and_whoever_asks(string named)
    {
        var filling = Enum.Parse<RowFilling>(named);
        var all = Enumerable.Range(0, 60).Select(step => Shown(Order(filling).Step(step))).ToList();
        var one = Order(filling);
        Assert.Equal(all, Enumerable.Range(0, 60).Select(step => Shown(one.Step(step))));
        Assert.Equal(Enumerable.Reverse(all), Enumerable.Range(0, 60).Reverse().Select(step => Shown(one.Step(step))));
        var shared = Order(filling);
        Assert.Equal(all, Enumerable.Range(0, 60).AsParallel().AsOrdered().WithDegreeOfParallelism(4).Select(step => Shown(shared.Step(step))).ToList());
        Assert.NotEqual(all, Enumerable.Range(0, 60).Select(step => Shown(Order(filling, seed: 8).Step(step))));
    }

    [Fact]
    public void Packed_rows_are_full_and_never_over()
    {
        var order = Order(RowFilling.Pack);
        var lengths = Rows(order, order.RowsOf(0)).Select(row => row.Sum(one => Length(one.Sample, 0))).ToList();
        Assert.All(lengths, length => Assert.InRange(length, 1, 128));
        Assert.True(lengths.Average() > 0.95 * 128, $"{lengths.Average():F1} of 128 tokens a row");
    }

    [Fact]
    public void Buckets_hold_samples_of_similar_length_and_come_in_random_order()
    {
        var order = Order(RowFilling.Bucket);
        var rows = Rows(order, order.RowsOf(0)).Select(row => row.Select(one => Length(one.Sample, 0)).ToList()).ToList();
        Assert.All(rows, row => Assert.InRange(row.Sum(), 1, 128));
        Assert.True(rows.Average(row => row.Max() - row.Min()) < 10);
        Assert.NotEqual(rows.Select(row => row[0]), rows.Select(row => row[0]).Order());
    }

    [Fact]
    public void Without_shuffling_the_order_is_that_of_the_files()
    {
        var order = new DataOrder(new DataOrderOptions { Shuffle = false, RowsPerStep = 4 }, 6);
        Assert.Equal([(0, 0L), (1, 0), (2, 0), (3, 0)], order.Step(0).Samples.Select(one => (one.Sample, one.Epoch)));
        Assert.Equal([(4, 0L), (5, 0), (0, 1), (1, 1)], order.Step(1).Samples.Select(one => (one.Sample, one.Epoch)));
        Assert.Equal(1 + (2.0 / 6), order.EpochOf(2), 12);
        Assert.Equal((5, 1_000_000_000_000L / 6), (order.Step(250_000_000_000).Samples.First().Sample + 1, order.Step(250_000_000_000).Samples.First().Epoch));
    }

    [Fact]
    public void What_cannot_be_ordered_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new DataOrder(new DataOrderOptions(), 0));
        Assert.Throws<ArgumentException>(() => new DataOrder(new DataOrderOptions { Filling = RowFilling.Pack }, 3));
        Assert.Throws<ArgumentException>(() => new DataOrder(new DataOrderOptions { Window = 0 }, 3));
        Assert.Contains("129", Assert.Throws<InvalidOperationException>(
            () => new DataOrder(new DataOrderOptions { Filling = RowFilling.Pack, RowTokens = 128 }, 3, (_, _) => 129).Step(0)).Message, StringComparison.Ordinal);
        Assert.Contains("a multiple of the 4 ranks", Assert.Single(new DataOrderOptions { RowsPerStep = 6 }.Problems("data", ranks: 4)), StringComparison.Ordinal);
    }

    private static DataOrder Order(RowFilling filling, long seed = 7) =>
        new(new DataOrderOptions { Seed = seed, Filling = filling, RowTokens = 128, Window = 8, RowsPerStep = 6 }, Samples, Length);

    private static int Length(int sample, long epoch) => 5 + (sample * 37 % 60) + (int)(epoch % 3);

    private static IEnumerable<IReadOnlyList<DrawnSample>> Rows(DataOrder order, int count) =>
        Enumerable.Range(0, (count / 6) + 1).SelectMany(step => order.Step(step).Rows).Take(count - 1); // the last may be half empty

    private static string Shown(StepPlan plan) => string.Join(" | ", plan.Rows.Select(row => string.Join(' ', row.Select(one => $"{one.Sample}:{one.Epoch}"))));
}

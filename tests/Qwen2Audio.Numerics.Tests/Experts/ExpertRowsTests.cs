using Qwen2Audio.Numerics.Experts;

namespace Qwen2Audio.Numerics.Tests.Experts;

/// <summary>Rows sent to experts and back, compared with plain loops in double precision.</summary>
public sealed class ExpertRowsTests() : KernelTest(seed: 23)
{
    private const int Experts = 5;

    [Theory]
    [InlineData(1, 1, false)]
    [InlineData(70, 2, true)]
    [InlineData(70, 2, false)]
    [InlineData(3, 5, true)]
    public void Each_row_goes_to_its_most_probable_experts(int rows, int k, bool normalise)
    {
        var (logits, probabilities) = (Sample.Normal(rows, Experts, strided: true), Sample.Strided(rows, Experts));
        var routing = new ExpertRouting();
        routing.Route(Pool, logits, k, normalise, probabilities);
        var all = Softmax(Numbers.Of(logits));
        Numbers.Near(all, probabilities, 1e-6);
        for (var row = 0; row < rows; row++)
        {
            var chosen = Enumerable.Range(0, Experts).OrderByDescending(e => all[row * Experts + e]).Take(k).ToArray();
            Assert.Equal(chosen, routing.Chosen.Slice(row * k, k).ToArray());
            var sum = normalise ? chosen.Sum(e => all[row * Experts + e]) : 1;
            for (var c = 0; c < k; c++) Assert.Equal(all[row * Experts + chosen[c]] / sum, routing.Weights[row * k + c], 1e-6);
        }

        var grouped = Enumerable.Range(0, rows * k).OrderBy(i => routing.Chosen[i]).ToArray(); // rows rise within an expert
        Assert.Equal(grouped, routing.SourceChoices.ToArray());
        Assert.Equal(grouped.Select(i => i / k), routing.SourceRows.ToArray());
        for (var place = 0; place < grouped.Length; place++) Assert.Equal(place, routing.Places[grouped[place]]);
        Assert.Equal(Enumerable.Range(0, Experts + 1).Select(e => grouped.Count(i => routing.Chosen[i] < e)), routing.Starts.ToArray());
    }

    [Fact]
    public void Of_equal_experts_the_lower_number_is_first_and_a_row_that_is_not_finite_has_different_ones()
    {
        var logits = Sample.Of(1, 7, 7, 1, 7);
        var routing = new ExpertRouting();
        routing.Route(Pool, logits, 4, false, Sample.Zeros(1, Experts));
        Assert.Equal([1, 2, 4, 0], routing.Chosen.ToArray());
        logits.Fill(float.NaN);
        routing.Route(Pool, logits, 3, false, Sample.Zeros(1, Experts));
        Assert.Equal(3, routing.Chosen.ToArray().Distinct().Count());
        Assert.True(float.IsNaN(routing.Weights[0]));
        foreach (var k in new[] { 0, 6 }) Assert.Throws<ArgumentException>(() => routing.Route(Pool, logits, k, false, Sample.Zeros(1, Experts)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_gradient_of_the_weights_reaches_all_logits(bool normalise)
    {
        const int rows = 9, k = 2;
        var (logits, probabilities, dweights, dlogits) = (Sample.Normal(rows, Experts), Sample.Zeros(rows, Experts), Sample.Normal(rows, k), Sample.Normal(rows, Experts));
        var routing = new ExpertRouting();
        routing.Route(Pool, logits, k, normalise, probabilities);
        int[] chosen = [.. routing.Chosen];
        var expected = Numbers.Gradient(Numbers.Of(logits), Numbers.Of(dweights), x =>
        {
            var p = Softmax(x);
            var weights = chosen.Select((e, i) => p[i / k * Experts + e]).ToArray();
            return [.. weights.Select((weight, i) => normalise ? weight / (weights[i / k * k] + weights[i / k * k + 1]) : weight)];
        });
        var before = Numbers.Of(dlogits);
        routing.Backward(Pool, probabilities, dweights, normalise, dlogits);
        Numbers.Near([.. expected.Zip(before, (slope, earlier) => slope + earlier)], dlogits, 1e-5);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 2)]
    [InlineData(70, 1)]
    [InlineData(16, 101)] // whole vectors and a rest
    [InlineData(70, 333)]
    public void Rows_are_gathered_combined_and_differentiated(int rows, int width)
    {
        const int k = 3;
        var routing = new ExpertRouting();
        routing.Route(Pool, Sample.Normal(rows, Experts), k, false, Sample.Zeros(rows, Experts));
        Matrix Plain() => Sample.Normal(rows, width, strided: true);
        Matrix Entries() => Sample.Normal(rows * k, width, strided: true);
        var (x, outputs, y, dy, dgrouped, dx) = (Plain(), Entries(), Plain(), Plain(), Entries(), Plain());
        var (gathered, doutputs, dweights) = (Entries(), Entries(), Sample.Normal(rows, k));
        var (ys, dxs, products, scaled) = (Numbers.Of(y), Numbers.Of(dx), new double[rows * k], new double[rows * k * width]);
        for (var i = 0; i < rows * k; i++)
        {
            var place = routing.Places[i];
            for (var c = 0; c < width; c++)
            {
                ys[i / k * width + c] += (double)routing.Weights[i] * outputs.Row(place)[c];
                dxs[i / k * width + c] += dgrouped.Row(place)[c];
                products[i] += (double)outputs.Row(place)[c] * dy.Row(i / k)[c];
                scaled[place * width + c] = (double)routing.Weights[i] * dy.Row(i / k)[c];
            }
        }

        ExpertRows.Gather(Pool, x, routing, gathered);
        for (var place = 0; place < rows * k; place++) Numbers.Same(x.RowRange(routing.SourceRows[place], 1), gathered.RowRange(place, 1), $"entry {place}");
        ExpertRows.Combine(Pool, outputs, routing, y);
        Numbers.Near(ys, y, 1e-6, "combined");
        ExpertRows.GatherBackward(Pool, dgrouped, routing, dx);
        Numbers.Near(dxs, dx, 1e-6, "gradient of rows");
        ExpertRows.CombineBackward(Pool, outputs, routing, dy, doutputs, dweights);
        Numbers.Near(scaled, doutputs, 1e-6, "gradient of outputs");
        Numbers.Near(products, dweights, 1e-5, "gradient of weights");
        Assert.Throws<ArgumentException>(() => ExpertRows.Gather(Pool, x, routing, gathered.RowRange(0, rows * k - 1)));
    }

    private static double[] Softmax(double[] x) => [.. x.Chunk(Experts).SelectMany(row => row.Select(v => Math.Exp(v) / row.Sum(Math.Exp)))];
}

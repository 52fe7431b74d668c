using Qwen2Audio.Numerics.Probabilities;

namespace Qwen2Audio.Numerics.Tests.Probabilities;

public sealed class CrossEntropyTests() : KernelTest(seed: 13)
{
    public static TheoryData<int, int, double, double, float> Cases() => new()
    {
        { 1, 1, 1, 0, 0f }, { 1, 9, 1, 0, 0.1f }, { 4, 37, 3, 0, 0f }, { 33, 530, 2, 0, 0.1f }, { 3, 64, 5, 10_000, 0f }, { 3, 40, 1e30, 0, 0f },
        { 3, 40, 1e-30, 0, 0.2f },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Loss_and_gradient(int rows, int classes, double deviation, double mean, float smoothing)
    {
        var logits = Sample.Normal(rows, classes, deviation, mean, strided: true);
        var targets = Sample.Integers(rows, classes);
        var scale = Sample.Normal(1, rows).Span.ToArray();
        if (rows > 2) targets[1] = CrossEntropy.LeftOut;
        var (loss, logSum) = (Sample.Zeros(rows, 1), Sample.Zeros(rows, 1));
        CrossEntropy.Forward(Pool, logits, targets, smoothing, loss, logSum);
        var numbers = Numbers.Of(logits);
        Numbers.Near(Losses(numbers, targets, smoothing), loss, 1e-6, "loss");

        var gradient = Sample.Copy(logits);
        CrossEntropy.Backward(Pool, gradient, targets, scale, smoothing, logSum, gradient);
        var expected = new double[numbers.Length];
        for (var r = 0; r < rows; r++)
        {
            var p = Probabilities(numbers, classes, r);
            for (var i = 0; i < classes && targets[r] >= 0; i++)
            {
                var wanted = (i == targets[r] ? 1.0 - smoothing : 0) + (double)smoothing / classes;
                expected[r * classes + i] = scale[r] * (p[i] - wanted);
            }
        }

        if (classes > 1) Numbers.Near(expected, gradient, 1e-6, "gradient");
        if (rows > 2) Assert.All(gradient.Row(1).ToArray(), v => Assert.Equal(0, v));
        if (numbers.Length > 500 || deviation > 10 || mean > 100) return;
        var upstream = scale.Select(v => (double)v).ToArray();
        var differences = Numbers.Gradient(numbers, upstream, v => Losses(v, targets, smoothing));
        if (classes > 1) Numbers.Near(differences, gradient, 1e-5, "gradient by differences");
    }

    [Theory]
    [InlineData(1, 1, 1, 0)]
    [InlineData(5, 33, 4, 0)]
    [InlineData(40, 500, 1, 3000)]
    [InlineData(3, 20, 1e30, 0)]
    [InlineData(3, 20, 1e-30, 0)]
    public void Softmax_by_rows(int rows, int classes, double deviation, double mean)
    {
        var x = Sample.Normal(rows, classes, deviation, mean, strided: true);
        var y = Sample.Strided(rows, classes);
        Softmax.Forward(Pool, x, y);
        var numbers = Numbers.Of(x);
        Numbers.Near([.. Enumerable.Range(0, rows).SelectMany(r => Probabilities(numbers, classes, r))], y, 5e-7);
        var inPlace = Sample.Copy(x);
        Softmax.Forward(Pool, inPlace, inPlace);
        Numbers.Same(y, inPlace, "in place");
        var one = Sample.Zeros(1, classes);
        Softmax.Forward(Pool, x.RowRange(rows - 1, 1), one);
        Numbers.Same(one, y.RowRange(rows - 1, 1), "one row alone");
    }

    [Fact]
    public void Equal_numbers_share_alike()
    {
        var x = Sample.Zeros(1, 8);
        x.Fill(-1e30f);
        Softmax.Forward(Pool, x, x);
        Assert.All(x.Span.ToArray(), v => Assert.Equal(0.125f, v));
    }

    [Fact]
    public void A_target_that_is_no_class_is_refused()
    {
        var (logits, loss) = (Sample.Zeros(2, 3), Sample.Zeros(2, 1));
        var error = Assert.Throws<ArgumentException>(() => CrossEntropy.Forward(Pool, logits, [0, 3], 0, loss, loss));
        Assert.Contains("Target 3 of row 1", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => CrossEntropy.Forward(Pool, logits, [0], 0, loss, loss));
        Assert.Throws<ArgumentException>(() => CrossEntropy.Forward(Pool, logits, [0, 1], 1, loss, loss));
    }

    private static double[] Probabilities(double[] logits, int classes, int row)
    {
        var numbers = logits.AsSpan(row * classes, classes).ToArray();
        var maximum = numbers.Max();
        var exponentials = numbers.Select(v => Math.Exp(v - maximum)).ToArray();
        var sum = exponentials.Sum();
        return [.. exponentials.Select(v => v / sum)];
    }

    private static double[] Losses(double[] logits, int[] targets, double smoothing)
    {
        var classes = logits.Length / targets.Length;
        return [.. targets.Select((target, r) =>
        {
            if (target < 0) return 0;
            var numbers = logits.AsSpan(r * classes, classes).ToArray();
            var maximum = numbers.Max();
            var logSum = Math.Log(numbers.Sum(v => Math.Exp(v - maximum)));
            var mean = smoothing == 0 ? 0 : smoothing * numbers.Average(v => logSum - (v - maximum));
            return (1 - smoothing) * (logSum - (numbers[target] - maximum)) + mean;
        })];
    }
}

using Qwen2Audio.Training.Data;

namespace Qwen2Audio.Training.Tests.Data;

public sealed class CounterRandomTests
{
    [Fact]
    public void AStreamDependsOnSeedAndDrawOnly()
    {
        var (a, b) = (new CounterRandom(5, 17), new CounterRandom(5, 17));
        for (var i = 0; i < 10; i++) Assert.Equal(a.NextBits(), b.NextBits());
        Assert.NotEqual(new CounterRandom(5, 18).NextBits(), new CounterRandom(5, 17).NextBits());
        Assert.NotEqual(new CounterRandom(6, 17).NextBits(), new CounterRandom(5, 17).NextBits());
    }

    [Fact]
    public void FirstNumbersOfNeighbouringDrawsAreEvenlySpread()
    {
        var counts = new int[10];
        for (ulong draw = 0; draw < 20_000; draw++)
        {
            var random = new CounterRandom(1, draw);
            counts[random.NextInt(10)]++;
        }

        Assert.All(counts, count => Assert.InRange(count, 1800, 2200));
    }

    [Fact]
    public void GaussiansHaveMeanZeroAndDeviationOne()
    {
        var random = new CounterRandom(3, 0);
        var (sum, squares) = (0.0, 0.0);
        for (var i = 0; i < 50_000; i++)
        {
            var value = random.NextGaussian();
            sum += value;
            squares += value * value;
        }

        Assert.InRange(sum / 50_000, -0.02, 0.02);
        Assert.InRange(squares / 50_000, 0.97, 1.03);
    }

    [Fact]
    public void ShufflingKeepsTheItems()
    {
        var items = Enumerable.Range(0, 50).ToArray();
        new CounterRandom(9, 0).Shuffle(items.AsSpan());
        Assert.NotEqual(Enumerable.Range(0, 50), items);
        Assert.Equal(Enumerable.Range(0, 50), items.Order());
    }
}

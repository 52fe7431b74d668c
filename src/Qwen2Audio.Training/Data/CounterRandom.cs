namespace Qwen2Audio.Training.Data;

/// <summary>
/// Random numbers as a pure function of seed, draw and index: SplitMix64 (Steele, Lea, Flood 2014) started from a mix
/// of seed and draw. Different draws are independent, so work can be resumed and split at any draw.
/// </summary>
internal struct CounterRandom
{
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private ulong _state;

    /// <summary>The stream of one draw.</summary>
    public CounterRandom(ulong seed, ulong draw) => _state = Mix(Mix(seed + Golden) + (draw * 0xD1342543DE82EF95));

    /// <summary>64 random bits.</summary>
    public ulong NextBits() => Mix(_state += Golden);

    /// <summary>In [0, 1).</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>In [<paramref name="from"/>, <paramref name="to"/>).</summary>
    public double Uniform(double from, double to) => from + ((to - from) * NextDouble());

    /// <summary>0…<paramref name="count"/> − 1.</summary>
    public int NextInt(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return (int)Math.BigMul(NextBits(), (ulong)count, out _);
    }

    /// <summary><paramref name="from"/>…<paramref name="to"/>, both included.</summary>
    public int Between(int from, int to) => from + NextInt(to - from + 1);

    /// <summary>True with this probability.</summary>
    public bool Chance(double probability) => NextDouble() < probability;

    /// <summary>Normal with mean 0 and standard deviation 1 (Box–Muller).</summary>
    public double NextGaussian()
    {
        var radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return radius * Math.Cos(2 * Math.PI * NextDouble());
    }

    /// <summary>A random item.</summary>
    public T Pick<T>(IReadOnlyList<T> items) => items[NextInt(items.Count)];

    /// <summary>Shuffles the items (Fisher–Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var other = NextInt(i + 1);
            (items[i], items[other]) = (items[other], items[i]);
        }
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}

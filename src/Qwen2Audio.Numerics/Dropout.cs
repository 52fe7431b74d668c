namespace Qwen2Audio.Numerics;

/// <summary>Sets numbers to zero at random and scales the rest (Srivastava et al. 2014).</summary>
public static class Dropout
{
    /// <summary>
    /// y = mask · x/(1 − rate). The mask is a pure function of the seed and the element's index (row · columns + column), so the
    /// backward pass is the same call on the gradients.
    /// </summary>
    /// <param name="pool">The workers.</param>
    /// <param name="x">[rows, w].</param>
    /// <param name="rate">Probability of a zero, from 0 to below 1.</param>
    /// <param name="seed">Chooses the mask.</param>
    /// <param name="y">[rows, w], overwritten; may be <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">The shapes differ or the rate is not in [0, 1).</exception>
    public static void Apply(WorkerPool pool, Matrix x, float rate, ulong seed, Matrix y)
    {
        Shapes.Same(x, y);
        if (!(rate >= 0 && rate < 1)) throw new ArgumentException($"The dropout rate must be in [0, 1), not {rate}.");
        var threshold = (ulong)(rate * 4294967296.0);
        var scale = (float)(1 / (1.0 - rate));
        for (var r = 0; r < x.Rows; r++)
        {
            for (var i = 0; i < x.Columns; i++)
            {
                var bits = Mix(seed + (ulong)((long)r * x.Columns + i) * 0x9E3779B97F4A7C15) >> 32;
                y.Row(r)[i] = bits < threshold ? 0 : x.Row(r)[i] * scale;
            }
        }
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}

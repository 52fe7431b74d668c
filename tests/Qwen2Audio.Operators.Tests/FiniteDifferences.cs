namespace Qwen2Audio.Operators.Tests;

/// <summary>Gradients compared with central differences.</summary>
internal static class FiniteDifferences
{
    /// <summary>
    /// Fails if <paramref name="gradient"/> does not predict how <paramref name="function"/> changes along a direction of
    /// <paramref name="values"/>, which it reads. Several widths are tried: too wide a step crosses kinks and bends, too narrow a one drowns
    /// in float32's rounding.
    /// </summary>
    public static void Check(string place, float[] gradient, float[] values, Func<double> function)
    {
        var random = new Random(3);
        var direction = values.Select(_ => InferenceWeights.Normal(random)).ToArray();
        // A direction with a part along the gradient has a slope that is well away from zero.
        var norm = Math.Sqrt(gradient.Sum(g => (double)g * g));
        Assert.True(double.IsFinite(norm), $"The gradient of {place} is not finite.");
        if (norm > 0) for (var i = 0; i < direction.Length; i++) direction[i] += (float)(Math.Sqrt(direction.Length) * gradient[i] / norm);
        var expected = direction.Zip(gradient, (d, g) => (double)d * g).Sum();
        var original = values.ToArray();
        var slopes = new List<double>();
        foreach (var width in new[] { 3e-2f, 1e-2f, 2e-3f, 2e-4f, 5e-5f })
        {
            var above = Moved(width);
            var below = Moved(-width);
            slopes.Add((above - below) / (2 * width));
        }

        original.CopyTo(values, 0);
        var best = norm == 0 ? slopes.Max(Math.Abs) : slopes.Min(slope => Math.Abs(slope - expected)) / Math.Abs(expected);
        Assert.True(best < (norm == 0 ? double.Epsilon : 2e-3), $"{place}: the slope is {string.Join(" or ", slopes)}, the gradient says {expected}.");

        double Moved(float width)
        {
            for (var i = 0; i < values.Length; i++) values[i] = original[i] + width * direction[i];
            return function();
        }
    }
}

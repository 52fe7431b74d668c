namespace Qwen2Audio.Testing;

/// <summary>How far computed numbers are from expected ones, as vectors.</summary>
public static class Differences
{
    /// <summary>‖a − b‖.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Distance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        if (a.Length != b.Length) throw new ArgumentException($"{a.Length} and {b.Length} numbers.");
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++) sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        return Math.Sqrt(sum);
    }

    /// <summary>‖found − expected‖/‖expected‖; 0 if they are the same, infinite if only the expected numbers are all 0.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Relative(ReadOnlySpan<float> expected, ReadOnlySpan<float> found)
    {
        var distance = Distance(expected, found);
        return distance == 0 ? 0 : distance / Distance(expected, new float[expected.Length]);
    }
}

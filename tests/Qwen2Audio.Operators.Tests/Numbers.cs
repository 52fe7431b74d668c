using System.Runtime.InteropServices;

namespace Qwen2Audio.Operators.Tests;

/// <summary>Compares computed numbers.</summary>
internal static class Numbers
{
    /// <summary>The same bits.</summary>
    public static void Same(ReadOnlySpan<float> expected, ReadOnlySpan<float> found) =>
        Assert.Equal(MemoryMarshal.Cast<float, int>(expected).ToArray(), MemoryMarshal.Cast<float, int>(found).ToArray());

    /// <summary>Each within 10⁻⁵ of the largest.</summary>
    public static void Near(float[] expected, float[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        var size = expected.Max(Math.Abs);
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], found[i], 1e-5f * size);
    }
}

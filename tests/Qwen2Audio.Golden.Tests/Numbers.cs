namespace Qwen2Audio.Golden.Tests;

/// <summary>Compares recorded and computed values.</summary>
internal static class Numbers
{
    /// <summary>The difference is at most <paramref name="tolerance"/> of what is wanted, as vectors.</summary>
    public static void Near(string what, ReadOnlySpan<float> wanted, ReadOnlySpan<float> actual, double tolerance)
    {
        var difference = Differences.Relative(wanted, actual);
        Assert.True(difference <= tolerance, $"{what}: off by {difference:e2}, {tolerance:e2} is allowed");
    }
}

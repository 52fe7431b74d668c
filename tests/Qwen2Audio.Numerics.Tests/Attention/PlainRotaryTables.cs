using Qwen2Audio.Numerics.Attention;

namespace Qwen2Audio.Numerics.Tests.Attention;

/// <summary>Rotary tables with the frequencies of a base alone, 1 / θ^(2j / dim).</summary>
internal static class PlainRotaryTables
{
    public static RotaryTable Table(int dim, double theta) =>
        new([.. Enumerable.Range(0, dim / 2).Select(j => 1f / (float)Math.Pow((float)theta, (float)(2 * j) / dim))]);
}

namespace Qwen2Audio.Numerics.Tests;

internal static class TestMatrices
{
    /// <summary>Values in (−1, 1) that depend on the shape and on the arena's fill level.</summary>
    public static Matrix Filled(NativeArena memory, int rows, int columns)
    {
        var random = new Random(rows * 7919 + columns * 31 + (int)memory.Position.Offset);
        var matrix = memory.Allocate(rows, columns);
        for (var row = 0; row < rows; row++)
            foreach (ref var x in matrix.Row(row)) x = 2f * random.NextSingle() - 1f;
        return matrix;
    }
}

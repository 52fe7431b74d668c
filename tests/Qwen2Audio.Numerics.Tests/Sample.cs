namespace Qwen2Audio.Numerics.Tests;

/// <summary>Reproducible matrices for tests.</summary>
internal sealed class Sample(int seed) : IDisposable
{
    private readonly Random _random = new(seed);

    public NativeArena Memory { get; } = new(1 << 16);

    /// <summary>All random matrices, in the order in which they were requested.</summary>
    public List<Matrix> Made { get; } = [];

    /// <summary>Rows with a gap between them, not aligned.</summary>
    public Matrix Strided(int rows, int columns) => Memory.AllocateZeroed(rows, columns + 5).ColumnRange(3, columns);

    public Matrix Zeros(int rows, int columns) => Memory.AllocateZeroed(rows, columns);

    /// <summary>Normally distributed numbers.</summary>
    public Matrix Normal(int rows, int columns, double deviation = 1, double mean = 0, bool strided = false)
    {
        var matrix = strided ? Strided(rows, columns) : Zeros(rows, columns);
        for (var row = 0; row < rows; row++)
        {
            foreach (ref var x in matrix.Row(row))
            {
                var size = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble()));
                x = (float)(mean + deviation * size * Math.Cos(2 * Math.PI * _random.NextDouble()));
            }
        }

        Made.Add(matrix);
        return matrix;
    }

    public Matrix Of(params float[] values)
    {
        var matrix = Zeros(1, values.Length);
        values.CopyTo(matrix.Span);
        return matrix;
    }

    public Matrix Copy(Matrix source)
    {
        var copy = Zeros(source.Rows, source.Columns);
        copy.CopyFrom(source);
        return copy;
    }

    public int[] Integers(int count, int end) => [.. Enumerable.Range(0, count).Select(_ => _random.Next(end))];

    public void Dispose() => Memory.Dispose();
}

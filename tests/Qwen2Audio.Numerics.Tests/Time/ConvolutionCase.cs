namespace Qwen2Audio.Numerics.Tests.Time;

/// <summary>Packed sequences of random rows, and by definition the taps that a convolution reads.</summary>
internal sealed class ConvolutionCase : IDisposable
{
    private readonly NativeArena _arena = new(1 << 16);
    private readonly Random _random = new(1);
    private readonly int _taps;
    private readonly int _stride;
    private readonly int _padLeft;
    private readonly int _dilation;

    public ConvolutionCase(int[] lengths, int channels, int taps, int stride, int padLeft, int padRight, int dilation = 1)
    {
        (_taps, _stride, _padLeft, _dilation) = (taps, stride, padLeft, dilation);
        var span = (taps - 1) * dilation + 1;
        Starts = new int[lengths.Length + 1];
        YStarts = new int[lengths.Length + 1];
        for (var i = 0; i < lengths.Length; i++)
        {
            Starts[i + 1] = Starts[i] + lengths[i];
            YStarts[i + 1] = YStarts[i] + Math.Max(0, (lengths[i] + padLeft + padRight - span + stride) / stride);
        }

        X = Filled(Starts[^1], channels);
    }

    public Matrix X { get; }

    public int[] Starts { get; }

    public int[] YStarts { get; }

    public int OutputRows => YStarts[^1];

    public void Dispose() => _arena.Dispose();

    public Matrix Filled(int rows, int columns, Random? random = null)
    {
        var matrix = _arena.Allocate(rows, columns + 3).ColumnRange(1, columns);
        for (var i = 0; i < rows; i++)
        {
            foreach (ref var value in matrix.Row(i)) value = (random ?? _random).NextSingle() * 2f - 1f;
        }

        return matrix;
    }

    /// <summary>Every (output row, input row, tap) with the input row within the sequence.</summary>
    public IEnumerable<(int Row, int Source, int Tap)> Taps()
    {
        for (var s = 0; s < Starts.Length - 1; s++)
        {
            for (var i = 0; i < YStarts[s + 1] - YStarts[s]; i++)
            {
                for (var t = 0; t < _taps; t++)
                {
                    var source = i * _stride + t * _dilation - _padLeft;
                    if (source >= 0 && source < Starts[s + 1] - Starts[s]) yield return (YStarts[s] + i, Starts[s] + source, t);
                }
            }
        }
    }

    public static double[,] ToDouble(Matrix matrix)
    {
        var numbers = new double[matrix.Rows, matrix.Columns];
        for (var i = 0; i < matrix.Rows; i++)
        {
            for (var j = 0; j < matrix.Columns; j++) numbers[i, j] = matrix.Row(i)[j];
        }

        return numbers;
    }

    public static float[] Flat(Matrix matrix) => [.. Enumerable.Range(0, matrix.Rows).SelectMany(i => matrix.Row(i).ToArray())];

    public static void Near(double[,] expected, Matrix found, double tolerance)
    {
        for (var i = 0; i < found.Rows; i++)
        {
            for (var j = 0; j < found.Columns; j++) Assert.Equal(expected[i, j], found.Row(i)[j], tolerance);
        }
    }
}

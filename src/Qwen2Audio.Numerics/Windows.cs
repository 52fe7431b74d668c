namespace Qwen2Audio.Numerics;

/// <summary>
/// How output rows of a convolution over time read input rows: tap t of output row i of a sequence reads that sequence's row
/// i · Stride + t − PadLeft, and zeros outside.
/// </summary>
internal readonly record struct Windows(int Taps, int Stride, int PadLeft)
{
    /// <summary>Taps [first, end) of output row <paramref name="row"/> that lie within a sequence of <paramref name="rows"/> rows.</summary>
    public (int First, int End) Inside(int row, int rows)
    {
        var start = row * Stride - PadLeft;
        var first = Math.Clamp(-start, 0, Taps);
        return (first, Math.Clamp(rows - start, first, Taps));
    }

    /// <exception cref="ArgumentException">The taps, the stride or the row offsets are impossible.</exception>
    public void Check(ReadOnlySpan<int> starts, int rows, ReadOnlySpan<int> yStarts, int yRows)
    {
        if (Taps < 1 || Stride < 1 || PadLeft < 0)
            throw new ArgumentException($"{Taps} taps, stride {Stride}, padding {PadLeft}: taps and stride must be 1 or more, padding not negative.");
        if (starts.Length != yStarts.Length)
            throw new ArgumentException($"{starts.Length} row offsets of the input, {yStarts.Length} of the output.");
        CheckStarts(starts, rows, "input");
        CheckStarts(yStarts, yRows, "output");
    }

    private static void CheckStarts(ReadOnlySpan<int> starts, int rows, string name)
    {
        var rising = !starts.IsEmpty && starts[0] >= 0 && starts[^1] <= rows;
        for (var i = 1; rising && i < starts.Length; i++) rising = starts[i] >= starts[i - 1];
        if (!rising) throw new ArgumentException($"The row offsets of the {name} must rise from 0 to at most its {rows} rows.");
    }
}

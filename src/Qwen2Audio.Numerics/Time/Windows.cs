namespace Qwen2Audio.Numerics.Time;

/// <summary>
/// How output rows of a convolution over time read input rows: tap t of output row i of a sequence reads that sequence's row
/// i · Stride + t · Dilation − PadLeft, and zeros outside.
/// </summary>
internal readonly record struct Windows(int Taps, int Stride, int PadLeft, int Dilation = 1)
{
    /// <summary>Taps [first, end) of output row <paramref name="row"/> that are within a sequence of <paramref name="rows"/> rows.</summary>
    public (int First, int End) Inside(int row, int rows)
    {
        var start = row * Stride - PadLeft;
        var first = Math.Clamp(Reached(-start), 0, Taps);
        return (first, Math.Clamp(Reached(rows - start), first, Taps));
    }

    /// <exception cref="ArgumentException">The taps, the steps or the row offsets are impossible.</exception>
    public void Check(ReadOnlySpan<int> starts, int rows, ReadOnlySpan<int> yStarts, int yRows)
    {
        if (Taps < 1 || Stride < 1 || PadLeft < 0 || Dilation < 1)
        {
            throw new ArgumentException(
                $"{Taps} taps, stride {Stride}, dilation {Dilation}, padding {PadLeft}: all must be 1 or more, padding not negative.");
        }

        if (starts.Length != yStarts.Length)
            throw new ArgumentException($"{starts.Length} row offsets of the input, {yStarts.Length} of the output.");
        CheckStarts(starts, rows, "input");
        CheckStarts(yStarts, yRows, "output");
    }

    /// <exception cref="ArgumentException">The offsets fall, or go beyond the rows.</exception>
    public static void CheckStarts(ReadOnlySpan<int> starts, int rows, string name)
    {
        var rising = !starts.IsEmpty && starts[0] >= 0 && starts[^1] <= rows;
        for (var i = 1; rising && i < starts.Length; i++) rising = starts[i] >= starts[i - 1];
        if (!rising) throw new ArgumentException($"The row offsets of the {name} must rise from 0 to at most its {rows} rows.");
    }

    /// <summary>The first tap that lies <paramref name="distance"/> rows or more after the first one.</summary>
    private int Reached(int distance) => Dilation == 1 || distance <= 0 ? distance : (distance + Dilation - 1) / Dilation;
}

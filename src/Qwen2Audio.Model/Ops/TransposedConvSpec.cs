namespace Qwen2Audio.Model.Ops;

/// <summary>
/// A transposed convolution over time: row i of a sequence adds Kernel rows starting at row i · Stride; rows are then trimmed at both ends.
/// Input and output channels are divided into Groups.
/// </summary>
/// <param name="Kernel">Kernel size.</param>
/// <param name="Stride">Output rows between input rows.</param>
/// <param name="Groups">1, or a divisor of both numbers of channels.</param>
/// <param name="TrimLeft">Rows trimmed at the beginning.</param>
/// <param name="TrimRight">Rows trimmed at the end.</param>
public readonly record struct TransposedConvSpec(int Kernel, int Stride, int Groups, int TrimLeft, int TrimRight)
{
    /// <summary>Number of output rows for a sequence of <paramref name="rows"/> rows.</summary>
    public int OutputLength(int rows) =>
        rows == 0 ? 0 : Math.Max(0, checked((rows - 1) * Stride + Kernel - TrimLeft - TrimRight));

    /// <summary>Number of output rows for the first <paramref name="rows"/> rows of a sequence, which continues unless it <paramref name="ends"/>.</summary>
    public int OutputLength(int rows, bool ends) =>
        ends ? OutputLength(rows) : rows == 0 ? 0 : Math.Max(0, checked(rows * Stride) - WithheldRows - TrimLeft);

    /// <summary>Output rows at the end of a piece that later rows may change or that may be trimmed.</summary>
    public int Unfinished => Math.Max(Kernel - Stride, TrimRight);

    /// <summary>How many of them lie before the next row's first output row: trimming may remove them.</summary>
    public int WithheldRows => Math.Max(0, Stride + TrimRight - Kernel);

    /// <summary>
    /// EnCodec's trimming: n rows become n · stride. Of the kernel − stride excess rows, ⌈<paramref name="trimRightRatio"/> · excess⌉ are
    /// trimmed on the right if <paramref name="causal"/>, otherwise half of them, rounded down.
    /// </summary>
    /// <exception cref="ArgumentException">The kernel is shorter than the stride, or the ratio is not within 0…1.</exception>
    public static TransposedConvSpec Framed(int kernel, int stride, int groups = 1, bool causal = true, double trimRightRatio = 1)
    {
        var total = kernel - stride;
        if (total < 0) throw new ArgumentException($"A kernel of {kernel} leaves gaps at stride {stride}.");
        if (trimRightRatio is not (>= 0 and <= 1)) throw new ArgumentException($"The ratio {trimRightRatio} is not within 0…1.");
        var right = causal ? (int)Math.Ceiling(total * trimRightRatio) : total / 2;
        return new TransposedConvSpec(kernel, stride, groups, total - right, right);
    }

    /// <summary>DAC's trimming: ⌈(kernel − stride) / 2⌉ on both sides.</summary>
    public static TransposedConvSpec Even(int kernel, int stride, int groups = 1)
    {
        var side = Math.Max(0, kernel - stride + 1) / 2;
        return new TransposedConvSpec(kernel, stride, groups, side, side);
    }
}

namespace Qwen2Audio.Model.Ops;

/// <summary>
/// A convolution over time, each sequence padded separately: output row i reads rows i · Stride + t · Dilation of the padded sequence,
/// t = 0 … Kernel − 1. Input and output channels are divided into Groups.
/// </summary>
/// <param name="Kernel">Kernel size.</param>
/// <param name="Stride">Input rows between output rows.</param>
/// <param name="Groups">1, or a divisor of both numbers of channels.</param>
/// <param name="PadLeft">Padding rows before a sequence.</param>
/// <param name="PadRight">Padding rows after a sequence.</param>
/// <param name="Dilation">Input rows between taps.</param>
/// <param name="Mode">The content of the padding.</param>
/// <param name="RoundUp">Pads each sequence further on the right, to a multiple of Stride, so that no row at its end is ignored.</param>
/// <param name="Chunk">
/// Rows of a chunk: a row does not see rows after its chunk, in whose place there are zeros. Needs stride 1, padding by zeros and as many rows out
/// as in. 0: no chunks.
/// </param>
public readonly record struct ConvSpec(
    int Kernel, int Stride, int Groups, int PadLeft, int PadRight, int Dilation = 1, PadMode Mode = PadMode.Zeros, bool RoundUp = false, int Chunk = 0)
{
    /// <summary>Input rows between the first and last tap, inclusive.</summary>
    public int Span => (Kernel - 1) * Dilation + 1;

    /// <summary>The same convolution over sequences that are already padded.</summary>
    public ConvSpec Inside => new(Kernel, Stride, Groups, 0, 0, Dilation);

    /// <summary>Rows of a sequence including its padding.</summary>
    public int PaddedLength(int rows)
    {
        var extra = RoundUp ? (Stride - rows % Stride) % Stride : 0;
        return checked(rows + PadLeft + PadRight + extra);
    }

    /// <summary>Number of output rows for a sequence of <paramref name="rows"/> rows.</summary>
    public int OutputLength(int rows)
    {
        var padded = PaddedLength(rows);
        return padded < Span ? 0 : (padded - Span) / Stride + 1;
    }

    /// <summary>Number of output rows for the first <paramref name="rows"/> rows of a sequence, which continues unless it <paramref name="ends"/>.</summary>
    public int OutputLength(int rows, bool ends)
    {
        if (ends) return OutputLength(rows);
        if (Chunk > 0) return rows / Chunk * Chunk;
        var padded = checked(rows + PadLeft);
        return rows <= (Mode == PadMode.Reflect ? PadLeft : 0) || padded < Span ? 0 : (padded - Span) / Stride + 1;
    }

    /// <summary>Number of rows before a piece that the piece and the end of its sequence may need.</summary>
    public int StateRows => Math.Max(Math.Max(Span - 1, PadLeft + Math.Max(0, Chunk - 1)), PadRight + (RoundUp ? Stride : 1));

    /// <summary>Number of rows by which the output of pieces lags behind the input, at stride 1.</summary>
    public int Lag => Math.Max(Mode == PadMode.Reflect ? PadLeft : 0, Span - 1 - PadLeft);

    /// <summary>
    /// The row at an index of the padded sequence; −1: zeros. <paramref name="rows"/> is the length of the sequence or, if it continues,
    /// the rows so far, and the index must not lie beyond them.
    /// </summary>
    public int Source(int place, int rows)
    {
        var row = place - PadLeft;
        if (Mode == PadMode.Replicate) row = Math.Clamp(row, 0, Math.Max(0, rows - 1));
        if (Mode == PadMode.Reflect)
        {
            var longest = Math.Max(PadLeft, PaddedLength(rows) - rows - PadLeft);
            var mirror = Math.Max(rows, longest + 1) - 1;
            row = Math.Abs(row);
            if (row > mirror) row = 2 * mirror - row;
        }

        return row >= 0 && row < rows ? row : -1;
    }

    /// <summary>
    /// EnCodec's padding: n rows become ⌈n / stride⌉. Padding of kernel span − stride is on the left
    /// (<paramref name="causal"/>), or on both sides with one row more on the left if it is odd.
    /// </summary>
    /// <exception cref="ArgumentException">The kernel spans fewer rows than the stride.</exception>
    public static ConvSpec Framed(int kernel, int stride = 1, int dilation = 1, int groups = 1, bool causal = true, PadMode mode = PadMode.Zeros)
    {
        var total = (kernel - 1) * dilation + 1 - stride;
        if (total < 0) throw new ArgumentException($"A kernel of {kernel} (dilation {dilation}) leaves rows out at stride {stride}.");
        var right = causal ? 0 : total / 2;
        return new ConvSpec(kernel, stride, groups, total - right, right, dilation, mode, RoundUp: true);
    }

    /// <summary>DAC's padding: ⌈(kernel span − stride) / 2⌉ on both sides; rows at the end that do not fill a stride are ignored.</summary>
    public static ConvSpec Even(int kernel, int stride = 1, int dilation = 1, int groups = 1, PadMode mode = PadMode.Zeros)
    {
        var side = Math.Max(0, (kernel - 1) * dilation + 2 - stride) / 2;
        return new ConvSpec(kernel, stride, groups, side, side, dilation, mode);
    }
}

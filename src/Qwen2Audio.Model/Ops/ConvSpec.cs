namespace Qwen2Audio.Model.Ops;

/// <summary>
/// A convolution over time, each sequence padded on its own: output row i reads rows i · Stride + t · Dilation of the padded sequence,
/// t = 0 … Kernel − 1. Input and output channels are cut into Groups, each seeing its own.
/// </summary>
/// <param name="Kernel">Taps.</param>
/// <param name="Stride">Input rows from one output row to the next.</param>
/// <param name="Groups">1, or a divisor of both numbers of channels.</param>
/// <param name="PadLeft">Rows before a sequence.</param>
/// <param name="PadRight">Rows after a sequence.</param>
/// <param name="Dilation">Input rows from one tap to the next.</param>
/// <param name="Mode">What the padding holds.</param>
/// <param name="RoundUp">Pads each sequence further on the right, to a multiple of Stride, so that no row at its end is left out.</param>
public readonly record struct ConvSpec(
    int Kernel, int Stride, int Groups, int PadLeft, int PadRight, int Dilation = 1, PadMode Mode = PadMode.Zeros, bool RoundUp = false)
{
    /// <summary>Rows that one output row reaches over.</summary>
    public int Span => (Kernel - 1) * Dilation + 1;

    /// <summary>The same convolution over sequences that have their padding already.</summary>
    public ConvSpec Inside => new(Kernel, Stride, Groups, 0, 0, Dilation);

    /// <summary>Rows of a sequence with its padding.</summary>
    public int PaddedLength(int rows)
    {
        var extra = RoundUp ? (Stride - rows % Stride) % Stride : 0;
        return checked(rows + PadLeft + PadRight + extra);
    }

    /// <summary>Rows that come out for a sequence of <paramref name="rows"/> rows.</summary>
    public int OutputLength(int rows)
    {
        var padded = PaddedLength(rows);
        return padded < Span ? 0 : (padded - Span) / Stride + 1;
    }

    /// <summary>Rows that come out for the first <paramref name="rows"/> rows of a sequence, after which more come unless it <paramref name="ends"/>.</summary>
    public int OutputLength(int rows, bool ends)
    {
        if (ends) return OutputLength(rows);
        var padded = checked(rows + PadLeft);
        return rows <= (Mode == PadMode.Reflect ? PadLeft : 0) || padded < Span ? 0 : (padded - Span) / Stride + 1;
    }

    /// <summary>Rows before a piece that it and the end of its sequence may need.</summary>
    public int Held => Math.Max(Math.Max(Span - 1, PadLeft), PadRight + (RoundUp ? Stride : 1));

    /// <summary>Rows that pieces give later than they come, at a stride of 1.</summary>
    public int Lag => Math.Max(Mode == PadMode.Reflect ? PadLeft : 0, Span - 1 - PadLeft);

    /// <summary>
    /// Which row stands at a place of the padded sequence; −1: zeros. <paramref name="rows"/> are those of the sequence or, if it goes on,
    /// those so far, behind which no place is asked for.
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
    /// EnCodec's padding: n rows become ⌈n / stride⌉. What the kernel reaches beyond its stride lies on the left
    /// (<paramref name="causal"/>), or on both sides, with one row more on the left if the number is odd.
    /// </summary>
    /// <exception cref="ArgumentException">The kernel reaches over fewer rows than the stride.</exception>
    public static ConvSpec Framed(int kernel, int stride = 1, int dilation = 1, int groups = 1, bool causal = true, PadMode mode = PadMode.Zeros)
    {
        var total = (kernel - 1) * dilation + 1 - stride;
        if (total < 0) throw new ArgumentException($"A kernel of {kernel} (dilation {dilation}) leaves rows out at stride {stride}.");
        var right = causal ? 0 : total / 2;
        return new ConvSpec(kernel, stride, groups, total - right, right, dilation, mode, RoundUp: true);
    }

    /// <summary>DAC's padding: ⌈(kernel's reach − stride) / 2⌉ on both sides, rows that do not fill a step at the end left out.</summary>
    public static ConvSpec Even(int kernel, int stride = 1, int dilation = 1, int groups = 1, PadMode mode = PadMode.Zeros)
    {
        var side = Math.Max(0, (kernel - 1) * dilation + 2 - stride) / 2;
        return new ConvSpec(kernel, stride, groups, side, side, dilation, mode);
    }
}

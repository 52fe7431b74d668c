namespace Qwen2Audio.Numerics;

/// <summary>Convolution over time in which every channel has a kernel of its own.</summary>
public static unsafe partial class DepthwiseConv
{
    /// <summary>y[i, c] = bias[c] + Σ_t kernel[c, t] · x[i · stride + t − padLeft, c] within each sequence, zeros outside.</summary>
    /// <param name="pool">The workers.</param>
    /// <param name="x">Input rows [rows, channels].</param>
    /// <param name="starts">First input row of each sequence and the end: sequences + 1 numbers.</param>
    /// <param name="kernel">[channels, taps].</param>
    /// <param name="bias">[1, channels], or default for none.</param>
    /// <param name="stride">Input rows from one output row to the next.</param>
    /// <param name="padLeft">Zeros before a sequence.</param>
    /// <param name="y">Output rows [output rows, channels], overwritten.</param>
    /// <param name="yStarts">First output row of each sequence and the end.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void Forward(
        WorkerPool pool, Matrix x, ReadOnlySpan<int> starts, Matrix kernel, Matrix bias, int stride, int padLeft, Matrix y,
        ReadOnlySpan<int> yStarts)
    {
        var windows = Check(x, starts, kernel, bias, stride, padLeft, y, yStarts);
        for (var s = 0; s < starts.Length - 1; s++)
        {
            for (var i = 0; i < yStarts[s + 1] - yStarts[s]; i++)
            {
                var target = y.Row(yStarts[s] + i);
                if (bias.IsNull) target.Clear();
                else bias.Row(0).CopyTo(target);
                var (first, end) = windows.Inside(i, starts[s + 1] - starts[s]);
                for (var t = first; t < end; t++)
                {
                    var source = x.Row(starts[s] + i * stride + t - padLeft);
                    for (var c = 0; c < target.Length; c++) target[c] += kernel.Row(c)[t] * source[c];
                }
            }
        }
    }

    /// <summary>Adds the gradients of x, kernel and bias (unless default) to dx, dkernel and dbias.</summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void Backward(
        WorkerPool pool, Matrix x, ReadOnlySpan<int> starts, Matrix kernel, int stride, int padLeft, Matrix dy, ReadOnlySpan<int> yStarts,
        Matrix dx, Matrix dkernel, Matrix dbias)
    {
        var windows = Check(x, starts, kernel, dbias, stride, padLeft, dy, yStarts);
        Check(dx, starts, dkernel, dbias, stride, padLeft, dy, yStarts);
        for (var s = 0; s < starts.Length - 1; s++)
        {
            for (var i = 0; i < yStarts[s + 1] - yStarts[s]; i++)
            {
                var slope = dy.Row(yStarts[s] + i);
                for (var c = 0; !dbias.IsNull && c < slope.Length; c++) dbias.Row(0)[c] += slope[c];
                var (first, end) = windows.Inside(i, starts[s + 1] - starts[s]);
                for (var t = first; t < end; t++)
                {
                    var row = starts[s] + i * stride + t - padLeft;
                    var source = x.Row(row);
                    var target = dx.Row(row);
                    for (var c = 0; c < slope.Length; c++)
                    {
                        target[c] += kernel.Row(c)[t] * slope[c];
                        dkernel.Row(c)[t] += slope[c] * source[c];
                    }
                }
            }
        }
    }

    private static Windows Check(
        Matrix x, ReadOnlySpan<int> starts, Matrix kernel, Matrix bias, int stride, int padLeft, Matrix y, ReadOnlySpan<int> yStarts)
    {
        if (kernel.Rows != x.Columns || y.Columns != x.Columns || (!bias.IsNull && (bias.Columns != x.Columns || bias.Rows != 1)))
        {
            throw new ArgumentException(
                $"{x.Columns} channels in, {y.Columns} out, kernel {kernel.Rows} × {kernel.Columns}, bias {bias.Rows} × {bias.Columns}.");
        }

        var windows = new Windows(kernel.Columns, stride, padLeft);
        windows.Check(starts, x.Rows, yStarts, y.Rows);
        return windows;
    }
}

using System.Runtime.Intrinsics;
using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Time;

/// <summary>Convolution over time with a separate kernel for every channel.</summary>
public static unsafe class DepthwiseConv
{
    /// <summary>y[i, c] = bias[c] + Σ_t kernel[c, t] · x[i · stride + t − padLeft, c] within each sequence, zeros outside.</summary>
    /// <param name="x">Input rows [rows, channels].</param>
    /// <param name="starts">First input row of each sequence and the end: sequences + 1 values.</param>
    /// <param name="kernel">[channels, taps].</param>
    /// <param name="bias">[1, channels]; default: none.</param>
    /// <param name="stride">Input rows from one output row to the next.</param>
    /// <param name="padLeft">Zeros before a sequence.</param>
    /// <param name="y">Output rows [output rows, channels], overwritten.</param>
    /// <param name="yStarts">First output row of each sequence and the end.</param>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public static void Forward(
        WorkerPool pool, Matrix x, ReadOnlySpan<int> starts, Matrix kernel, Matrix bias, int stride, int padLeft, Matrix y,
        ReadOnlySpan<int> yStarts)
    {
        var windows = Check(x, starts, kernel, bias, stride, padLeft, y, yStarts);
        fixed (int* inputs = starts, outputs = yStarts)
        {
            var job = new DepthwiseJob(x, kernel, windows, inputs, y, outputs, starts.Length - 1, add: false) { Bias = bias };
            Slide(pool, job, flip: false);
        }
    }

    /// <summary>Adds the gradients of x, kernel and bias to dx, dkernel and dbias; the last two may be default if not wanted.</summary>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public static void Backward(
        WorkerPool pool, Matrix x, ReadOnlySpan<int> starts, Matrix kernel, int stride, int padLeft, Matrix dy, ReadOnlySpan<int> yStarts,
        Matrix dx, Matrix dkernel, Matrix dbias)
    {
        var windows = Check(x, starts, kernel, dbias, stride, padLeft, dy, yStarts);
        Check(dx, starts, dkernel.IsNull ? kernel : dkernel, dbias, stride, padLeft, dy, yStarts);
        fixed (int* inputs = starts, outputs = yStarts)
        {
            var sequences = starts.Length - 1;
            if (stride == 1)
            {
                // the same sliding sum with the kernel reversed
                var turned = new Windows(windows.Taps, 1, windows.Taps - 1 - padLeft);
                Slide(pool, new(dy, kernel, turned, outputs, dx, inputs, sequences, add: true), flip: true);
            }
            else
            {
                Spread(pool, new(dy, kernel, windows, outputs, dx, inputs, sequences, add: true));
            }

            if (dkernel.IsNull && dbias.IsNull) return;
            Collect(pool, new(x, dkernel, windows, inputs, dy, outputs, sequences, add: true) { Bias = dbias });
        }
    }

    private static void Slide(WorkerPool pool, DepthwiseJob job, bool flip)
    {
        if (Vector512.IsHardwareAccelerated) DepthwiseSlide<FloatLanes512, Vector512<float>>.Run(pool, job, flip);
        else if (Vector256.IsHardwareAccelerated) DepthwiseSlide<FloatLanes256, Vector256<float>>.Run(pool, job, flip);
        else DepthwiseSlide<FloatLanes128, Vector128<float>>.Run(pool, job, flip);
    }

    private static void Spread(WorkerPool pool, DepthwiseJob job)
    {
        if (Vector512.IsHardwareAccelerated) DepthwiseSpread<FloatLanes512, Vector512<float>>.Run(pool, job);
        else if (Vector256.IsHardwareAccelerated) DepthwiseSpread<FloatLanes256, Vector256<float>>.Run(pool, job);
        else DepthwiseSpread<FloatLanes128, Vector128<float>>.Run(pool, job);
    }

    private static void Collect(WorkerPool pool, DepthwiseJob job)
    {
        if (Vector512.IsHardwareAccelerated) DepthwiseCollect<FloatLanes512, Vector512<float>>.Run(pool, job);
        else if (Vector256.IsHardwareAccelerated) DepthwiseCollect<FloatLanes256, Vector256<float>>.Run(pool, job);
        else DepthwiseCollect<FloatLanes128, Vector128<float>>.Run(pool, job);
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

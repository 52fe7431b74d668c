using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Numerics.Time;

namespace Qwen2Audio.Inference;

/// <summary>
/// How a convolution kernel is packed: [out, in / groups, taps] as right operands for rows of taps · in elements or, if
/// <paramref name="Transposed"/>, [in, out / groups, taps] as right operands that give rows of taps · out elements; both tap-major.
/// </summary>
internal readonly record struct KernelLayout(int Taps, int Groups, bool Transposed)
{
    /// <summary>Packs a kernel [first axis, rest] as one right operand for each group.</summary>
    public PackedMatrix[] Pack(WorkerPool pool, Matrix kernel)
    {
        var rows = kernel.Rows / Groups;
        var packed = new PackedMatrix[Groups];
        using var buffer = new NativeBuffer((long)rows * kernel.Columns);
        var ordered = buffer.Matrix(rows, kernel.Columns);
        for (var g = 0; g < Groups; g++)
        {
            KernelOrder.ToTapMajor(kernel.RowRange(g * rows, rows), Taps, ordered);
            packed[g] = PackedMatrix.Pack(pool, ordered, transposeB: !Transposed);
        }

        return packed;
    }
}

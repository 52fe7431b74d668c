using System.Runtime.Intrinsics;
using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Sweeps;

/// <summary>Works through a block of rows and adds up, column by column, what the rows contribute to one or two row vectors.</summary>
internal unsafe interface IRowBlockKernel
{
    /// <summary>The rows [first, end). The sums may be written to the end of the last vector; null when not wanted.</summary>
    void Block<TLanes, TVector>(int first, int end, float* sums, float* others)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct;
}

/// <summary>
/// Runs a block kernel over all rows. A block has a fixed number of rows and its own sums, which are added to the results in order:
/// so these do not depend on the number of threads.
/// </summary>
internal unsafe struct RowBlockSums<TKernel>
    where TKernel : unmanaged, IRowBlockKernel
{
    private const int RowsPerBlock = 32;
    private const int WorthSharing = 16384;
    private TKernel _kernel;
    private int _rows;
    private int _width;
    private float* _sums;
    private float* _others;

    /// <summary>Rows of <paramref name="columns"/> values; sums and others [1, columns], added to, either may be default.</summary>
    public static void Run(WorkerPool pool, TKernel kernel, int rows, int columns, Matrix sums, Matrix others)
    {
        var blocks = (rows + RowsPerBlock - 1) / RowsPerBlock;
        var width = (columns + 15) / 16 * 16;
        var job = new RowBlockSums<TKernel> { _kernel = kernel, _rows = rows, _width = width };
        var half = (long)blocks * width;
        var scratch = sums.IsNull && others.IsNull ? null : pool.Scratch(pool.Threads, 2 * half);
        if (!sums.IsNull) job._sums = scratch;
        if (!others.IsNull) job._others = scratch + half;
        delegate*<void*, int, int, void> body = &Item<FloatLanes128, Vector128<float>>;
        if (Vector512.IsHardwareAccelerated) body = &Item<FloatLanes512, Vector512<float>>;
        else if (Vector256.IsHardwareAccelerated) body = &Item<FloatLanes256, Vector256<float>>;
        if ((long)rows * columns >= WorthSharing) pool.Run(blocks, body, &job);
        else for (var i = 0; i < blocks; i++) body(&job, i, 0);
        for (var i = 0; i < blocks; i++)
        {
            if (!sums.IsNull) Combine(job._sums + (long)i * width, sums);
            if (!others.IsNull) Combine(job._others + (long)i * width, others);
        }
    }

    private static void Item<TLanes, TVector>(void* context, int item, int worker)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var job = (RowBlockSums<TKernel>*)context;
        var first = item * RowsPerBlock;
        job->_kernel.Block<TLanes, TVector>(
            first, Math.Min(first + RowsPerBlock, job->_rows), Cleared(job->_sums, item, job->_width), Cleared(job->_others, item, job->_width));
    }

    private static float* Cleared(float* sums, int item, int width)
    {
        if (sums == null) return null;
        var own = sums + (long)item * width;
        new Span<float>(own, width).Clear();
        return own;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Combine(float* part, Matrix sums)
    {
        var target = sums.Data;
        var i = 0;
        for (; i <= sums.Columns - Vector256<float>.Count; i += Vector256<float>.Count)
            (Vector256.Load(target + i) + Vector256.Load(part + i)).Store(target + i);
        for (; i < sums.Columns; i++) target[i] += part[i];
    }
}

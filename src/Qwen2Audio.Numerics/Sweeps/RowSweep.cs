using System.Runtime.Intrinsics;
using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Sweeps;

/// <summary>What is done to one row, independently of the others.</summary>
internal interface IRowKernel
{
    void Row<TLanes, TVector>(int row)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct;
}

/// <summary>Applies a row kernel to all rows, in blocks that are shared among the workers.</summary>
internal unsafe struct RowSweep<TKernel>
    where TKernel : unmanaged, IRowKernel
{
    private const int ItemLength = 16384;
    private TKernel _kernel;
    private int _rows;
    private int _rowsPerItem;

    /// <summary>Rows of <paramref name="columns"/> values: the width only decides how many rows make a work item.</summary>
    public static void Run(WorkerPool pool, TKernel kernel, int rows, int columns)
    {
        if (rows == 0) return;
        var rowsPerItem = (long)rows * columns < 2 * ItemLength ? rows : Math.Max(1, ItemLength / columns);
        var sweep = new RowSweep<TKernel> { _kernel = kernel, _rows = rows, _rowsPerItem = rowsPerItem };
        var items = (rows + sweep._rowsPerItem - 1) / sweep._rowsPerItem;
        if (Vector512.IsHardwareAccelerated) pool.Run(items, &Item<FloatLanes512, Vector512<float>>, &sweep);
        else if (Vector256.IsHardwareAccelerated) pool.Run(items, &Item<FloatLanes256, Vector256<float>>, &sweep);
        else pool.Run(items, &Item<FloatLanes128, Vector128<float>>, &sweep);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Item<TLanes, TVector>(void* context, int item, int worker)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var sweep = (RowSweep<TKernel>*)context;
        var end = Math.Min((item + 1) * sweep->_rowsPerItem, sweep->_rows);
        for (var row = item * sweep->_rowsPerItem; row < end; row++) sweep->_kernel.Row<TLanes, TVector>(row);
    }
}

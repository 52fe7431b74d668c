using System.Runtime.Intrinsics;
using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Sweeps;

/// <summary>What is done to all rows of some columns.</summary>
internal interface IColumnKernel
{
    void Columns<TLanes, TVector>(int first, int count)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct;
}

/// <summary>Shares columns among the workers, for work whose rows depend on each other.</summary>
internal unsafe struct ColumnStripes<TKernel>
    where TKernel : unmanaged, IColumnKernel
{
    private const int Narrowest = 64; // four cache lines
    private const int WorthSharing = 16384;
    private TKernel _kernel;
    private int _columns;
    private int _width;

    public static void Run(WorkerPool pool, TKernel kernel, int rows, int columns)
    {
        var width = columns;
        if ((long)rows * columns >= WorthSharing) width = Math.Max(Narrowest, (columns / (2 * pool.Threads) + 15) / 16 * 16);
        var job = new ColumnStripes<TKernel> { _kernel = kernel, _columns = columns, _width = width };
        var items = columns == 0 ? 0 : (columns + width - 1) / width;
        if (Vector512.IsHardwareAccelerated) pool.Run(items, &Item<FloatLanes512, Vector512<float>>, &job);
        else if (Vector256.IsHardwareAccelerated) pool.Run(items, &Item<FloatLanes256, Vector256<float>>, &job);
        else pool.Run(items, &Item<FloatLanes128, Vector128<float>>, &job);
    }

    private static void Item<TLanes, TVector>(void* context, int item, int worker)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var job = (ColumnStripes<TKernel>*)context;
        var first = item * job->_width;
        job->_kernel.Columns<TLanes, TVector>(first, Math.Min(job->_width, job->_columns - first));
    }
}

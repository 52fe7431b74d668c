using System.Runtime.Intrinsics;
using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Stored;

/// <summary>The products of one job, split into items of a few rows of a weight, and the workers' memory.</summary>
internal unsafe struct StoredPlan
{
    /// <summary>Numbers of the inner index that one sum runs over before it is added to y.</summary>
    public const int BlockDepth = 1024;

    /// <summary>Rows of a weight in one item: as float32 they fill a part of the second-level cache.</summary>
    public const int ItemRows = 64;

    private const double AloneBelow = 100_000; // multiply-adds: less work than this is done before a second thread would have started

    private StoredProduct* _products;
    private int _count;
    private float** _scratch;

    /// <summary>Computes checked products as one parallel job.</summary>
    public static void Run(WorkerPool pool, StoredProduct* products, int count)
    {
        var (items, work) = (0, 0.0);
        for (var i = 0; i < count; i++)
        {
            ref var product = ref products[i];
            product.FirstItem = items;
            if (product.M > 0) items += (product.N + ItemRows - 1) / ItemRows;
            work += (double)product.M * product.N * product.K;
        }

        if (items == 0) return;
        var threads = work < AloneBelow ? 1 : pool.Threads;
        var scratch = stackalloc float*[threads];
        for (var worker = 0; worker < threads; worker++) scratch[worker] = pool.Scratch(worker, StoredBlock.ScratchLength);
        var plan = new StoredPlan { _products = products, _count = count, _scratch = scratch };
        if (threads > 1) pool.Run(items, &RunItem, &plan);
        else for (var item = 0; item < items; item++) RunItem(&plan, item, 0);
    }

    private static void RunItem(void* context, int item, int worker)
    {
        var plan = (StoredPlan*)context;
        var (low, high) = (0, plan->_count - 1); // the last product whose first item is not later
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (plan->_products[middle].FirstItem <= item) low = middle;
            else high = middle - 1;
        }

        var product = plan->_products + low;
        var first = (item - product->FirstItem) * ItemRows;
        var block = new StoredBlock(product, plan->_scratch[worker], first, Math.Min(ItemRows, product->N - first));
        switch (product->Type)
        {
            case StoredType.Float32: Compute<StoredFloat32>(block); break;
            case StoredType.Float16: Compute<StoredFloat16>(block); break;
            case StoredType.BFloat16: Compute<StoredBFloat16>(block); break;
            default: throw new ArgumentOutOfRangeException(nameof(context), product->Type, "no such type");
        }
    }

    private static void Compute<TStored>(in StoredBlock block)
        where TStored : struct, IStoredNumbers
    {
        if (Vector512.IsHardwareAccelerated) block.Compute<TStored, FloatLanes512, Vector512<float>>();
        else if (Vector256.IsHardwareAccelerated) block.Compute<TStored, FloatLanes256, Vector256<float>>();
        else block.Compute<TStored, FloatLanes128, Vector128<float>>();
    }
}

using System.Runtime.InteropServices;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Products;

/// <summary>The products of one job and the workers' memory: the context of <see cref="RunItem"/>.</summary>
internal unsafe struct GemmPlan
{
    /// <summary>One tile's row of zeros: what a sum starts from when there is neither bias nor C.</summary>
    public static readonly float* Zeros = AllocateZeros();

    private const double AloneBelow = 150_000; // multiply-adds: less work than this is done before a second thread would have started
    private const int Header = 16;

    private GemmProduct* _products;
    private int _count;
    private float** _scratch;

    /// <summary>Computes checked products as one parallel job.</summary>
    public static void Run(WorkerPool pool, GemmProduct* products, int count)
    {
        if (count == 0 || count == 1 && products->Outputs == 0) return;
        var work = 0.0;
        for (var i = 0; i < count; i++) work += products[i].Work;
        var threads = work < AloneBelow ? 1 : pool.Threads;
        var items = 0;
        long length = 0;
        for (var i = 0; i < count; i++)
        {
            ref var product = ref products[i];
            product.Blocking = GemmBlocking.Choose(product, threads, count == 1 ? 1f : (float)(product.Work / work));
            product.Blocking.FirstItem = items;
            items += product.Blocking.Items;
            length = Math.Max(length, ScratchLength(product));
        }

        var scratch = stackalloc float*[threads];
        for (var worker = 0; worker < threads; worker++)
        {
            scratch[worker] = pool.Scratch(worker, length);
            *(long*)scratch[worker] = -1;
        }

        var plan = new GemmPlan { _products = products, _count = count, _scratch = scratch };
        if (threads > 1) pool.Run(items, &RunItem, &plan);
        else for (var item = 0; item < items; item++) RunItem(&plan, item, 0);
    }

    // a header, a tile, strips of A, panels of B
    private static long ScratchLength(in GemmProduct p) =>
        Header + GemmTile.Rows * GemmTile.Columns + GemmBlock.StripsLength(p)
            + (long)p.Blocking.Depth * (p.PacksB ? p.Blocking.ColumnBlock : p.BIsPacked ? 0 : GemmTile.Lanes);

    private static void RunItem(void* context, int item, int worker)
    {
        var plan = (GemmPlan*)context;
        var product = plan->_products;
        while (product < plan->_products + plan->_count - 1 && item >= product[1].Blocking.FirstItem) product++;
        var local = item - product->Blocking.FirstItem;
        var rowBlock = local % product->Blocking.RowBlocks;
        var columnBlock = local / product->Blocking.RowBlocks;
        var block = new GemmBlock(product, plan->_scratch[worker], Header, item - rowBlock)
        {
            RowStart = rowBlock * product->Blocking.RowBlock,
            RowEnd = Math.Min(product->M, (rowBlock + 1) * product->Blocking.RowBlock),
            ColumnStart = columnBlock * product->Blocking.ColumnBlock,
            ColumnEnd = Math.Min(product->N, (columnBlock + 1) * product->Blocking.ColumnBlock),
        };
        block.Compute();
    }

    private static float* AllocateZeros()
    {
        var length = (nuint)GemmTile.Columns * sizeof(float);
        var zeros = (float*)NativeMemory.AlignedAlloc(length, 64);
        NativeMemory.Clear(zeros, length);
        return zeros;
    }
}

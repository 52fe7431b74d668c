using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Qwen2Audio.Numerics.Products;

internal static unsafe partial class GemmTile
{
    private static void FillTileAvx2()
    {
        Set(1, 1, &TileAvx2<Count1, Count1>);
        Set(2, 1, &TileAvx2<Count2, Count1>);
        Set(3, 1, &TileAvx2<Count3, Count1>);
        Set(4, 1, &TileAvx2<Count4, Count1>);
        Set(5, 1, &TileAvx2<Count5, Count1>);
        Set(6, 1, &TileAvx2<Count6, Count1>);
        Set(1, 2, &TileAvx2<Count1, Count2>);
        Set(2, 2, &TileAvx2<Count2, Count2>);
        Set(3, 2, &TileAvx2<Count3, Count2>);
        Set(4, 2, &TileAvx2<Count4, Count2>);
        Set(5, 2, &TileAvx2<Count5, Count2>);
        Set(6, 2, &TileAvx2<Count6, Count2>);
    }

    // 6 rows × 16 columns: 12 accumulators, 2 vectors of B and a broadcast number of A fit into 16 registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TileAvx2<TRows, TVectors>(GemmTileTask* task)
        where TRows : unmanaged
        where TVectors : unmanaged
    {
        Vector256<float> c00 = default, c01 = default;
        Vector256<float> c10 = default, c11 = default;
        Vector256<float> c20 = default, c21 = default;
        Vector256<float> c30 = default, c31 = default;
        Vector256<float> c40 = default, c41 = default;
        Vector256<float> c50 = default, c51 = default;
        var initial = task->Initial;
        var initialRow = task->InitialRow;
        Load<TVectors>(initial, ref c00, ref c01);
        if (sizeof(TRows) > 1) Load<TVectors>(initial + initialRow, ref c10, ref c11);
        if (sizeof(TRows) > 2) Load<TVectors>(initial + 2 * initialRow, ref c20, ref c21);
        if (sizeof(TRows) > 3) Load<TVectors>(initial + 3 * initialRow, ref c30, ref c31);
        if (sizeof(TRows) > 4) Load<TVectors>(initial + 4 * initialRow, ref c40, ref c41);
        if (sizeof(TRows) > 5) Load<TVectors>(initial + 5 * initialRow, ref c50, ref c51);
        var p = (byte*)task->A;
        var b = task->B;
        nint row = task->ARow * sizeof(float), step = task->AStep * sizeof(float), bStep = task->BStep;
        nint row3 = 3 * row, row5 = 5 * row;
        for (var run = 0; run < task->Depth; run += PrefetchRun)
        {
            Prefetch(task, run / PrefetchRun);
            for (var k = Math.Min(PrefetchRun, task->Depth - run); k > 0; k--)
            {
                Vector256<float> b0 = default, b1 = default;
                Load<TVectors>(b, ref b0, ref b1);
                Step<TVectors>(p, b0, b1, ref c00, ref c01);
                if (sizeof(TRows) > 1) Step<TVectors>(p + row, b0, b1, ref c10, ref c11);
                if (sizeof(TRows) > 2) Step<TVectors>(p + 2 * row, b0, b1, ref c20, ref c21);
                if (sizeof(TRows) > 3) Step<TVectors>(p + row3, b0, b1, ref c30, ref c31);
                if (sizeof(TRows) > 4) Step<TVectors>(p + 4 * row, b0, b1, ref c40, ref c41);
                if (sizeof(TRows) > 5) Step<TVectors>(p + row5, b0, b1, ref c50, ref c51);
                p += step;
                b += bStep;
            }
        }

        var c = task->C;
        var cRow = task->CRow;
        Store<TVectors>(c, c00, c01);
        if (sizeof(TRows) > 1) Store<TVectors>(c + cRow, c10, c11);
        if (sizeof(TRows) > 2) Store<TVectors>(c + 2 * cRow, c20, c21);
        if (sizeof(TRows) > 3) Store<TVectors>(c + 3 * cRow, c30, c31);
        if (sizeof(TRows) > 4) Store<TVectors>(c + 4 * cRow, c40, c41);
        if (sizeof(TRows) > 5) Store<TVectors>(c + 5 * cRow, c50, c51);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load<TVectors>(float* source, ref Vector256<float> x0, ref Vector256<float> x1)
        where TVectors : unmanaged
    {
        x0 = Vector256.Load(source);
        if (sizeof(TVectors) > 1) x1 = Vector256.Load(source + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TVectors>(float* destination, Vector256<float> x0, Vector256<float> x1)
        where TVectors : unmanaged
    {
        x0.Store(destination);
        if (sizeof(TVectors) > 1) x1.Store(destination + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TVectors>(
        byte* a, Vector256<float> b0, Vector256<float> b1,
        ref Vector256<float> c0, ref Vector256<float> c1)
        where TVectors : unmanaged
    {
        var x = Vector256.Create(*(float*)a);
        c0 = Fma.MultiplyAdd(x, b0, c0);
        if (sizeof(TVectors) > 1) c1 = Fma.MultiplyAdd(x, b1, c1);
    }
}

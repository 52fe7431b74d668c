using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Qwen2Audio.Numerics.Products;

internal static unsafe partial class GemmTile
{
    private static void FillTileAvx512()
    {
        Set(1, 1, &TileAvx512<Count1, Count1>);
        Set(2, 1, &TileAvx512<Count2, Count1>);
        Set(3, 1, &TileAvx512<Count3, Count1>);
        Set(4, 1, &TileAvx512<Count4, Count1>);
        Set(5, 1, &TileAvx512<Count5, Count1>);
        Set(6, 1, &TileAvx512<Count6, Count1>);
        Set(7, 1, &TileAvx512<Count7, Count1>);
        Set(8, 1, &TileAvx512<Count8, Count1>);
        Set(1, 2, &TileAvx512<Count1, Count2>);
        Set(2, 2, &TileAvx512<Count2, Count2>);
        Set(3, 2, &TileAvx512<Count3, Count2>);
        Set(4, 2, &TileAvx512<Count4, Count2>);
        Set(5, 2, &TileAvx512<Count5, Count2>);
        Set(6, 2, &TileAvx512<Count6, Count2>);
        Set(7, 2, &TileAvx512<Count7, Count2>);
        Set(8, 2, &TileAvx512<Count8, Count2>);
        Set(1, 3, &TileAvx512<Count1, Count3>);
        Set(2, 3, &TileAvx512<Count2, Count3>);
        Set(3, 3, &TileAvx512<Count3, Count3>);
        Set(4, 3, &TileAvx512<Count4, Count3>);
        Set(5, 3, &TileAvx512<Count5, Count3>);
        Set(6, 3, &TileAvx512<Count6, Count3>);
        Set(7, 3, &TileAvx512<Count7, Count3>);
        Set(8, 3, &TileAvx512<Count8, Count3>);
    }

    // 8 rows × 48 columns: 24 accumulators, 3 vectors of B and a broadcast number of A leave registers to spare.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TileAvx512<TRows, TVectors>(GemmTileTask* task)
        where TRows : unmanaged
        where TVectors : unmanaged
    {
        Vector512<float> c00 = default, c01 = default, c02 = default;
        Vector512<float> c10 = default, c11 = default, c12 = default;
        Vector512<float> c20 = default, c21 = default, c22 = default;
        Vector512<float> c30 = default, c31 = default, c32 = default;
        Vector512<float> c40 = default, c41 = default, c42 = default;
        Vector512<float> c50 = default, c51 = default, c52 = default;
        Vector512<float> c60 = default, c61 = default, c62 = default;
        Vector512<float> c70 = default, c71 = default, c72 = default;
        var initial = task->Initial;
        var initialRow = task->InitialRow;
        Load<TVectors>(initial, ref c00, ref c01, ref c02);
        if (sizeof(TRows) > 1) Load<TVectors>(initial + initialRow, ref c10, ref c11, ref c12);
        if (sizeof(TRows) > 2) Load<TVectors>(initial + 2 * initialRow, ref c20, ref c21, ref c22);
        if (sizeof(TRows) > 3) Load<TVectors>(initial + 3 * initialRow, ref c30, ref c31, ref c32);
        if (sizeof(TRows) > 4) Load<TVectors>(initial + 4 * initialRow, ref c40, ref c41, ref c42);
        if (sizeof(TRows) > 5) Load<TVectors>(initial + 5 * initialRow, ref c50, ref c51, ref c52);
        if (sizeof(TRows) > 6) Load<TVectors>(initial + 6 * initialRow, ref c60, ref c61, ref c62);
        if (sizeof(TRows) > 7) Load<TVectors>(initial + 7 * initialRow, ref c70, ref c71, ref c72);
        var p = (byte*)task->A;
        var b = task->B;
        nint row = task->ARow * sizeof(float), step = task->AStep * sizeof(float), bStep = task->BStep;
        nint row3 = 3 * row, row5 = 5 * row, row7 = 7 * row;
        for (var run = 0; run < task->Depth; run += PrefetchRun)
        {
            Prefetch(task, run / PrefetchRun);
            for (var k = Math.Min(PrefetchRun, task->Depth - run); k > 0; k--)
            {
                Vector512<float> b0 = default, b1 = default, b2 = default;
                Load<TVectors>(b, ref b0, ref b1, ref b2);
                Step<TVectors>(p, b0, b1, b2, ref c00, ref c01, ref c02);
                if (sizeof(TRows) > 1) Step<TVectors>(p + row, b0, b1, b2, ref c10, ref c11, ref c12);
                if (sizeof(TRows) > 2) Step<TVectors>(p + 2 * row, b0, b1, b2, ref c20, ref c21, ref c22);
                if (sizeof(TRows) > 3) Step<TVectors>(p + row3, b0, b1, b2, ref c30, ref c31, ref c32);
                if (sizeof(TRows) > 4) Step<TVectors>(p + 4 * row, b0, b1, b2, ref c40, ref c41, ref c42);
                if (sizeof(TRows) > 5) Step<TVectors>(p + row5, b0, b1, b2, ref c50, ref c51, ref c52);
                if (sizeof(TRows) > 6) Step<TVectors>(p + 2 * row3, b0, b1, b2, ref c60, ref c61, ref c62);
                if (sizeof(TRows) > 7) Step<TVectors>(p + row7, b0, b1, b2, ref c70, ref c71, ref c72);
                p += step;
                b += bStep;
            }
        }

        var c = task->C;
        var cRow = task->CRow;
        Store<TVectors>(c, c00, c01, c02);
        if (sizeof(TRows) > 1) Store<TVectors>(c + cRow, c10, c11, c12);
        if (sizeof(TRows) > 2) Store<TVectors>(c + 2 * cRow, c20, c21, c22);
        if (sizeof(TRows) > 3) Store<TVectors>(c + 3 * cRow, c30, c31, c32);
        if (sizeof(TRows) > 4) Store<TVectors>(c + 4 * cRow, c40, c41, c42);
        if (sizeof(TRows) > 5) Store<TVectors>(c + 5 * cRow, c50, c51, c52);
        if (sizeof(TRows) > 6) Store<TVectors>(c + 6 * cRow, c60, c61, c62);
        if (sizeof(TRows) > 7) Store<TVectors>(c + 7 * cRow, c70, c71, c72);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load<TVectors>(float* source, ref Vector512<float> x0, ref Vector512<float> x1, ref Vector512<float> x2)
        where TVectors : unmanaged
    {
        x0 = Vector512.Load(source);
        if (sizeof(TVectors) > 1) x1 = Vector512.Load(source + 16);
        if (sizeof(TVectors) > 2) x2 = Vector512.Load(source + 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TVectors>(float* destination, Vector512<float> x0, Vector512<float> x1, Vector512<float> x2)
        where TVectors : unmanaged
    {
        x0.Store(destination);
        if (sizeof(TVectors) > 1) x1.Store(destination + 16);
        if (sizeof(TVectors) > 2) x2.Store(destination + 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TVectors>(
        byte* a, Vector512<float> b0, Vector512<float> b1, Vector512<float> b2,
        ref Vector512<float> c0, ref Vector512<float> c1, ref Vector512<float> c2)
        where TVectors : unmanaged
    {
        var x = Vector512.Create(*(float*)a);
        c0 = Avx512F.FusedMultiplyAdd(x, b0, c0);
        if (sizeof(TVectors) > 1) c1 = Avx512F.FusedMultiplyAdd(x, b1, c1);
        if (sizeof(TVectors) > 2) c2 = Avx512F.FusedMultiplyAdd(x, b2, c2);
    }
}

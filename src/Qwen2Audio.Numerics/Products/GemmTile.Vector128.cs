using System.Runtime.Intrinsics;

namespace Qwen2Audio.Numerics.Products;

internal static unsafe partial class GemmTile
{
    private static void FillTileVector128()
    {
        Set(1, 1, &TileVector128<Count1, Count1>);
        Set(2, 1, &TileVector128<Count2, Count1>);
        Set(3, 1, &TileVector128<Count3, Count1>);
        Set(4, 1, &TileVector128<Count4, Count1>);
        Set(1, 2, &TileVector128<Count1, Count2>);
        Set(2, 2, &TileVector128<Count2, Count2>);
        Set(3, 2, &TileVector128<Count3, Count2>);
        Set(4, 2, &TileVector128<Count4, Count2>);
    }

    // 4 rows × 8 columns: 8 accumulators; fused where the processor does so as fast.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TileVector128<TRows, TVectors>(GemmTileTask* task)
        where TRows : unmanaged
        where TVectors : unmanaged
    {
        Vector128<float> c00 = default, c01 = default;
        Vector128<float> c10 = default, c11 = default;
        Vector128<float> c20 = default, c21 = default;
        Vector128<float> c30 = default, c31 = default;
        var initial = task->Initial;
        var initialRow = task->InitialRow;
        Load<TVectors>(initial, ref c00, ref c01);
        if (sizeof(TRows) > 1) Load<TVectors>(initial + initialRow, ref c10, ref c11);
        if (sizeof(TRows) > 2) Load<TVectors>(initial + 2 * initialRow, ref c20, ref c21);
        if (sizeof(TRows) > 3) Load<TVectors>(initial + 3 * initialRow, ref c30, ref c31);
        var p = (byte*)task->A;
        var b = task->B;
        nint row = task->ARow * sizeof(float), step = task->AStep * sizeof(float), bStep = task->BStep;
        var row3 = 3 * row;
        for (var run = 0; run < task->Depth; run += PrefetchRun)
        {
            Prefetch(task, run / PrefetchRun);
            for (var k = Math.Min(PrefetchRun, task->Depth - run); k > 0; k--)
            {
                Vector128<float> b0 = default, b1 = default;
                Load<TVectors>(b, ref b0, ref b1);
                Step<TVectors>(p, b0, b1, ref c00, ref c01);
                if (sizeof(TRows) > 1) Step<TVectors>(p + row, b0, b1, ref c10, ref c11);
                if (sizeof(TRows) > 2) Step<TVectors>(p + 2 * row, b0, b1, ref c20, ref c21);
                if (sizeof(TRows) > 3) Step<TVectors>(p + row3, b0, b1, ref c30, ref c31);
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
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load<TVectors>(float* source, ref Vector128<float> x0, ref Vector128<float> x1)
        where TVectors : unmanaged
    {
        x0 = Vector128.Load(source);
        if (sizeof(TVectors) > 1) x1 = Vector128.Load(source + 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TVectors>(float* destination, Vector128<float> x0, Vector128<float> x1)
        where TVectors : unmanaged
    {
        x0.Store(destination);
        if (sizeof(TVectors) > 1) x1.Store(destination + 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TVectors>(
        byte* a, Vector128<float> b0, Vector128<float> b1,
        ref Vector128<float> c0, ref Vector128<float> c1)
        where TVectors : unmanaged
    {
        var x = Vector128.Create(*(float*)a);
        c0 = Vector128.MultiplyAddEstimate(x, b0, c0);
        if (sizeof(TVectors) > 1) c1 = Vector128.MultiplyAddEstimate(x, b1, c1);
    }
}

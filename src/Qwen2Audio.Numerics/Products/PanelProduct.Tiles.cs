namespace Qwen2Audio.Numerics.Products;

internal static unsafe partial class PanelProduct<TLanes, TVector>
{
    /// <summary>8 rows × 2 vectors of C.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile8x2(in Operand a, int row, float* b, long bStride, int inner, float* c, long cStride, bool accumulate)
    {
        var a0 = a.Row(row + 0);
        var a1 = a.Row(row + 1);
        var a2 = a.Row(row + 2);
        var a3 = a.Row(row + 3);
        var a4 = a.Row(row + 4);
        var a5 = a.Row(row + 5);
        var a6 = a.Row(row + 6);
        var a7 = a.Row(row + 7);
        var step = a.InnerStep;
        var end = step * inner;
        var width = (long)TLanes.Count;
        TVector c00, c01;
        TVector c10, c11;
        TVector c20, c21;
        TVector c30, c31;
        TVector c40, c41;
        TVector c50, c51;
        TVector c60, c61;
        TVector c70, c71;
        if (accumulate)
        {
            c00 = TLanes.Load(c);
            c01 = TLanes.Load(c + width);
            c10 = TLanes.Load(c + cStride);
            c11 = TLanes.Load(c + cStride + width);
            c20 = TLanes.Load(c + 2 * cStride);
            c21 = TLanes.Load(c + 2 * cStride + width);
            c30 = TLanes.Load(c + 3 * cStride);
            c31 = TLanes.Load(c + 3 * cStride + width);
            c40 = TLanes.Load(c + 4 * cStride);
            c41 = TLanes.Load(c + 4 * cStride + width);
            c50 = TLanes.Load(c + 5 * cStride);
            c51 = TLanes.Load(c + 5 * cStride + width);
            c60 = TLanes.Load(c + 6 * cStride);
            c61 = TLanes.Load(c + 6 * cStride + width);
            c70 = TLanes.Load(c + 7 * cStride);
            c71 = TLanes.Load(c + 7 * cStride + width);
        }
        else
        {
            c00 = c01 = c10 = c11 = c20 = c21 = c30 = c31 = TLanes.Zero;
            c40 = c41 = c50 = c51 = c60 = c61 = c70 = c71 = TLanes.Zero;
        }

        for (long k = 0; k != end; k += step)
        {
            var b0 = TLanes.Load(b);
            var b1 = TLanes.Load(b + width);
            var x0 = TLanes.Broadcast(a0[k]);
            c00 = TLanes.MultiplyAdd(x0, b0, c00);
            c01 = TLanes.MultiplyAdd(x0, b1, c01);
            var x1 = TLanes.Broadcast(a1[k]);
            c10 = TLanes.MultiplyAdd(x1, b0, c10);
            c11 = TLanes.MultiplyAdd(x1, b1, c11);
            var x2 = TLanes.Broadcast(a2[k]);
            c20 = TLanes.MultiplyAdd(x2, b0, c20);
            c21 = TLanes.MultiplyAdd(x2, b1, c21);
            var x3 = TLanes.Broadcast(a3[k]);
            c30 = TLanes.MultiplyAdd(x3, b0, c30);
            c31 = TLanes.MultiplyAdd(x3, b1, c31);
            var x4 = TLanes.Broadcast(a4[k]);
            c40 = TLanes.MultiplyAdd(x4, b0, c40);
            c41 = TLanes.MultiplyAdd(x4, b1, c41);
            var x5 = TLanes.Broadcast(a5[k]);
            c50 = TLanes.MultiplyAdd(x5, b0, c50);
            c51 = TLanes.MultiplyAdd(x5, b1, c51);
            var x6 = TLanes.Broadcast(a6[k]);
            c60 = TLanes.MultiplyAdd(x6, b0, c60);
            c61 = TLanes.MultiplyAdd(x6, b1, c61);
            var x7 = TLanes.Broadcast(a7[k]);
            c70 = TLanes.MultiplyAdd(x7, b0, c70);
            c71 = TLanes.MultiplyAdd(x7, b1, c71);
            b += bStride;
        }

        TLanes.Store(c00, c);
        TLanes.Store(c01, c + width);
        TLanes.Store(c10, c + cStride);
        TLanes.Store(c11, c + cStride + width);
        TLanes.Store(c20, c + 2 * cStride);
        TLanes.Store(c21, c + 2 * cStride + width);
        TLanes.Store(c30, c + 3 * cStride);
        TLanes.Store(c31, c + 3 * cStride + width);
        TLanes.Store(c40, c + 4 * cStride);
        TLanes.Store(c41, c + 4 * cStride + width);
        TLanes.Store(c50, c + 5 * cStride);
        TLanes.Store(c51, c + 5 * cStride + width);
        TLanes.Store(c60, c + 6 * cStride);
        TLanes.Store(c61, c + 6 * cStride + width);
        TLanes.Store(c70, c + 7 * cStride);
        TLanes.Store(c71, c + 7 * cStride + width);
    }

    /// <summary>4 rows × 2 vectors of C.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile4x2(in Operand a, int row, float* b, long bStride, int inner, float* c, long cStride, bool accumulate)
    {
        var a0 = a.Row(row + 0);
        var a1 = a.Row(row + 1);
        var a2 = a.Row(row + 2);
        var a3 = a.Row(row + 3);
        var step = a.InnerStep;
        var end = step * inner;
        var width = (long)TLanes.Count;
        TVector c00, c01;
        TVector c10, c11;
        TVector c20, c21;
        TVector c30, c31;
        if (accumulate)
        {
            c00 = TLanes.Load(c);
            c01 = TLanes.Load(c + width);
            c10 = TLanes.Load(c + cStride);
            c11 = TLanes.Load(c + cStride + width);
            c20 = TLanes.Load(c + 2 * cStride);
            c21 = TLanes.Load(c + 2 * cStride + width);
            c30 = TLanes.Load(c + 3 * cStride);
            c31 = TLanes.Load(c + 3 * cStride + width);
        }
        else
        {
            c00 = c01 = c10 = c11 = TLanes.Zero;
            c20 = c21 = c30 = c31 = TLanes.Zero;
        }

        for (long k = 0; k != end; k += step)
        {
            var b0 = TLanes.Load(b);
            var b1 = TLanes.Load(b + width);
            var x0 = TLanes.Broadcast(a0[k]);
            c00 = TLanes.MultiplyAdd(x0, b0, c00);
            c01 = TLanes.MultiplyAdd(x0, b1, c01);
            var x1 = TLanes.Broadcast(a1[k]);
            c10 = TLanes.MultiplyAdd(x1, b0, c10);
            c11 = TLanes.MultiplyAdd(x1, b1, c11);
            var x2 = TLanes.Broadcast(a2[k]);
            c20 = TLanes.MultiplyAdd(x2, b0, c20);
            c21 = TLanes.MultiplyAdd(x2, b1, c21);
            var x3 = TLanes.Broadcast(a3[k]);
            c30 = TLanes.MultiplyAdd(x3, b0, c30);
            c31 = TLanes.MultiplyAdd(x3, b1, c31);
            b += bStride;
        }

        TLanes.Store(c00, c);
        TLanes.Store(c01, c + width);
        TLanes.Store(c10, c + cStride);
        TLanes.Store(c11, c + cStride + width);
        TLanes.Store(c20, c + 2 * cStride);
        TLanes.Store(c21, c + 2 * cStride + width);
        TLanes.Store(c30, c + 3 * cStride);
        TLanes.Store(c31, c + 3 * cStride + width);
    }

    /// <summary>8 rows × 1 vector of C.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile8x1(in Operand a, int row, float* b, long bStride, int inner, float* c, long cStride, bool accumulate)
    {
        var a0 = a.Row(row + 0);
        var a1 = a.Row(row + 1);
        var a2 = a.Row(row + 2);
        var a3 = a.Row(row + 3);
        var a4 = a.Row(row + 4);
        var a5 = a.Row(row + 5);
        var a6 = a.Row(row + 6);
        var a7 = a.Row(row + 7);
        var step = a.InnerStep;
        var end = step * inner;
        TVector c00;
        TVector c10;
        TVector c20;
        TVector c30;
        TVector c40;
        TVector c50;
        TVector c60;
        TVector c70;
        if (accumulate)
        {
            c00 = TLanes.Load(c);
            c10 = TLanes.Load(c + cStride);
            c20 = TLanes.Load(c + 2 * cStride);
            c30 = TLanes.Load(c + 3 * cStride);
            c40 = TLanes.Load(c + 4 * cStride);
            c50 = TLanes.Load(c + 5 * cStride);
            c60 = TLanes.Load(c + 6 * cStride);
            c70 = TLanes.Load(c + 7 * cStride);
        }
        else
        {
            c00 = c10 = c20 = c30 = TLanes.Zero;
            c40 = c50 = c60 = c70 = TLanes.Zero;
        }

        for (long k = 0; k != end; k += step)
        {
            var b0 = TLanes.Load(b);
            c00 = TLanes.MultiplyAdd(TLanes.Broadcast(a0[k]), b0, c00);
            c10 = TLanes.MultiplyAdd(TLanes.Broadcast(a1[k]), b0, c10);
            c20 = TLanes.MultiplyAdd(TLanes.Broadcast(a2[k]), b0, c20);
            c30 = TLanes.MultiplyAdd(TLanes.Broadcast(a3[k]), b0, c30);
            c40 = TLanes.MultiplyAdd(TLanes.Broadcast(a4[k]), b0, c40);
            c50 = TLanes.MultiplyAdd(TLanes.Broadcast(a5[k]), b0, c50);
            c60 = TLanes.MultiplyAdd(TLanes.Broadcast(a6[k]), b0, c60);
            c70 = TLanes.MultiplyAdd(TLanes.Broadcast(a7[k]), b0, c70);
            b += bStride;
        }

        TLanes.Store(c00, c);
        TLanes.Store(c10, c + cStride);
        TLanes.Store(c20, c + 2 * cStride);
        TLanes.Store(c30, c + 3 * cStride);
        TLanes.Store(c40, c + 4 * cStride);
        TLanes.Store(c50, c + 5 * cStride);
        TLanes.Store(c60, c + 6 * cStride);
        TLanes.Store(c70, c + 7 * cStride);
    }
}

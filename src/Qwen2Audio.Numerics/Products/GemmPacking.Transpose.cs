using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Qwen2Audio.Numerics.Products;

internal static unsafe partial class GemmPacking
{
    // y[j·yRow + i] = x[i·xRow + j] for 16 × 16
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose16(float* x, nint xRow, float* y, nint yRow)
    {
        // each group of four rows: 4 × 4 blocks within the 128-bit quarters
        Quarters(x, xRow, out var a0, out var a1, out var a2, out var a3);
        Quarters(x + 4 * xRow, xRow, out var b0, out var b1, out var b2, out var b3);
        Quarters(x + 8 * xRow, xRow, out var c0, out var c1, out var c2, out var c3);
        Quarters(x + 12 * xRow, xRow, out var d0, out var d1, out var d2, out var d3);
        Exchange(a0, b0, c0, d0, y, yRow);
        Exchange(a1, b1, c1, d1, y + yRow, yRow);
        Exchange(a2, b2, c2, d2, y + 2 * yRow, yRow);
        Exchange(a3, b3, c3, d3, y + 3 * yRow, yRow);
    }

    // quarter q of column j: x[0…3][4q + j]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarters(
        float* x, nint xRow, out Vector512<float> c0, out Vector512<float> c1, out Vector512<float> c2, out Vector512<float> c3)
    {
        Vector512<float> r0 = Vector512.Load(x), r1 = Vector512.Load(x + xRow);
        Vector512<float> r2 = Vector512.Load(x + 2 * xRow), r3 = Vector512.Load(x + 3 * xRow);
        Vector512<double> low01 = Avx512F.UnpackLow(r0, r1).AsDouble(), high01 = Avx512F.UnpackHigh(r0, r1).AsDouble();
        Vector512<double> low23 = Avx512F.UnpackLow(r2, r3).AsDouble(), high23 = Avx512F.UnpackHigh(r2, r3).AsDouble();
        c0 = Avx512F.UnpackLow(low01, low23).AsSingle();
        c1 = Avx512F.UnpackHigh(low01, low23).AsSingle();
        c2 = Avx512F.UnpackLow(high01, high23).AsSingle();
        c3 = Avx512F.UnpackHigh(high01, high23).AsSingle();
    }

    // column 4q + j is quarter q of a, b, c and d
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Exchange(
        Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d, float* y, nint yRow)
    {
        Vector512<float> ab02 = Avx512F.Shuffle4x128(a, b, 0b10_00_10_00), ab13 = Avx512F.Shuffle4x128(a, b, 0b11_01_11_01);
        Vector512<float> cd02 = Avx512F.Shuffle4x128(c, d, 0b10_00_10_00), cd13 = Avx512F.Shuffle4x128(c, d, 0b11_01_11_01);
        Avx512F.Shuffle4x128(ab02, cd02, 0b10_00_10_00).Store(y);
        Avx512F.Shuffle4x128(ab13, cd13, 0b10_00_10_00).Store(y + 4 * yRow);
        Avx512F.Shuffle4x128(ab02, cd02, 0b11_01_11_01).Store(y + 8 * yRow);
        Avx512F.Shuffle4x128(ab13, cd13, 0b11_01_11_01).Store(y + 12 * yRow);
    }

    // the same for 8 × 8
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose8(float* x, nint xRow, float* y, nint yRow)
    {
        Halves(x, xRow, out var a0, out var a1, out var a2, out var a3);
        Halves(x + 4 * xRow, xRow, out var b0, out var b1, out var b2, out var b3);
        Avx.Permute2x128(a0, b0, 0x20).Store(y);
        Avx.Permute2x128(a1, b1, 0x20).Store(y + yRow);
        Avx.Permute2x128(a2, b2, 0x20).Store(y + 2 * yRow);
        Avx.Permute2x128(a3, b3, 0x20).Store(y + 3 * yRow);
        Avx.Permute2x128(a0, b0, 0x31).Store(y + 4 * yRow);
        Avx.Permute2x128(a1, b1, 0x31).Store(y + 5 * yRow);
        Avx.Permute2x128(a2, b2, 0x31).Store(y + 6 * yRow);
        Avx.Permute2x128(a3, b3, 0x31).Store(y + 7 * yRow);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Halves(
        float* x, nint xRow, out Vector256<float> c0, out Vector256<float> c1, out Vector256<float> c2, out Vector256<float> c3)
    {
        Vector256<float> r0 = Vector256.Load(x), r1 = Vector256.Load(x + xRow);
        Vector256<float> r2 = Vector256.Load(x + 2 * xRow), r3 = Vector256.Load(x + 3 * xRow);
        Vector256<double> low01 = Avx.UnpackLow(r0, r1).AsDouble(), high01 = Avx.UnpackHigh(r0, r1).AsDouble();
        Vector256<double> low23 = Avx.UnpackLow(r2, r3).AsDouble(), high23 = Avx.UnpackHigh(r2, r3).AsDouble();
        c0 = Avx.UnpackLow(low01, low23).AsSingle();
        c1 = Avx.UnpackHigh(low01, low23).AsSingle();
        c2 = Avx.UnpackLow(high01, high23).AsSingle();
        c3 = Avx.UnpackHigh(high01, high23).AsSingle();
    }
}

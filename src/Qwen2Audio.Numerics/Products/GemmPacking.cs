using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Qwen2Audio.Numerics.Products;

/// <summary>
/// Copies operands into the order of <see cref="GemmTile"/>. A panel of B holds <see cref="GemmTile.Columns"/> columns (the last one those
/// that remain, padded with zeros to a multiple of <see cref="GemmTile.Lanes"/>): for each k the columns in turn. Panels follow each other.
/// </summary>
internal static unsafe partial class GemmPacking
{
    /// <summary>Columns of the panel that begins at column <paramref name="start"/> of <paramref name="n"/>, padding included.</summary>
    public static int PanelWidth(int start, int n) =>
        Math.Min(GemmTile.Columns, (n - start + GemmTile.Lanes - 1) / GemmTile.Lanes * GemmTile.Lanes);

    /// <summary>Packs B[k,n] = b[k·step + n·column] for k in 0…depth−1 and n in 0…width−1; one of the strides is 1.</summary>
    public static void PackB(float* b, nint step, nint column, int depth, int width, float* destination)
    {
        if (column == 1) CopyRows(b, step, depth, width, destination);
        else
        {
            for (var n = 0; n < width; n += GemmTile.Columns)
            {
                var padded = PanelWidth(n, width);
                for (var lane = 0; lane < padded; lane += GemmTile.Lanes)
                {
                    TransposeLanes(b + (n + lane) * column, column, depth, Math.Min(GemmTile.Lanes, width - n - lane),
                        destination + lane, padded);
                }

                destination += (nint)padded * depth;
            }
        }
    }

    /// <summary>
    /// Packs rows of a transposed A, a[k·step + r], into strips of <see cref="GemmTile.Rows"/>, <paramref name="stripLength"/> apart:
    /// for each k the strip's rows in turn. The last strip's missing rows are left undefined.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PackA(float* a, nint step, int depth, int rows, float* destination, nint stripLength)
    {
        var size = GemmTile.Rows;
        for (var k = 0; k < depth; k++, a += step, destination += size)
        {
            var strip = destination;
            var row = 0;
            if (size == 8 && Vector256.IsHardwareAccelerated)
                for (; row <= rows - 8; row += 8, strip += stripLength) Vector256.Load(a + row).Store(strip);
            for (; row < rows; row += size, strip += stripLength)
                for (var r = 0; r < Math.Min(size, rows - row); r++) strip[r] = a[row + r];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyRows(float* b, nint step, int depth, int width, float* destination)
    {
        var full = width / GemmTile.Columns * GemmTile.Columns;
        var padded = full < width ? PanelWidth(full, width) : 0;
        for (var k = 0; k < depth; k++, b += step)
        {
            var row = destination + (nint)k * GemmTile.Columns;
            for (var n = 0; n < full; n += GemmTile.Columns, row += (nint)depth * GemmTile.Columns)
                Copy(b + n, row, GemmTile.Columns);
            if (padded == 0) continue;
            row = destination + (nint)full * depth + (nint)k * padded;
            Copy(b + full, row, width - full);
            for (var n = width - full; n < padded; n++) row[n] = 0f;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(float* source, float* destination, int count)
    {
        var i = 0;
        if (Vector512.IsHardwareAccelerated)
            for (; i <= count - 16; i += 16) Vector512.Load(source + i).Store(destination + i);
        if (Vector128.IsHardwareAccelerated)
            for (; i <= count - 4; i += 4) Vector128.Load(source + i).Store(destination + i);
        for (; i < count; i++) destination[i] = source[i];
    }

    // destination[k·stride + lane] = source[lane·column + k], zero for lanes from count on
    private static void TransposeLanes(float* source, nint column, int depth, int count, float* destination, nint stride)
    {
        var k = 0;
        if (count == GemmTile.Lanes)
        {
            if (Avx512F.IsSupported && count == 16)
                for (; k <= depth - 16; k += 16) Transpose16(source + k, column, destination + k * stride, stride);
            else if (Avx2.IsSupported && count == 8)
                for (; k <= depth - 8; k += 8) Transpose8(source + k, column, destination + k * stride, stride);
        }

        for (; k < depth; k++)
        {
            var lane = 0;
            for (; lane < count; lane++) destination[k * stride + lane] = source[lane * column + k];
            for (; lane < GemmTile.Lanes; lane++) destination[k * stride + lane] = 0f;
        }
    }
}

using Qwen2Audio.Numerics.Lanes;

namespace Qwen2Audio.Numerics.Products;

/// <summary>
/// Small matrix products within one work item: C (=|+=) A·B, where B and C are panels of whole vectors and A is read value by value,
/// by rows or by columns. Each value of C is one chain of multiply-adds over the inner index in order, wherever it is.
/// </summary>
internal static unsafe partial class PanelProduct<TLanes, TVector>
    where TLanes : struct, IFloatLanes<TVector>
    where TVector : struct
{
    /// <summary>Rows of C are written in groups of this many: C needs room for its rows rounded up.</summary>
    public const int RowGroup = 8;

    /// <summary>A: value (row, k) is at Data + row · RowStep + k · InnerStep; rows from Rows on repeat the last one.</summary>
    public readonly struct Operand(float* data, long rowStep, long innerStep, int rows)
    {
        public readonly long InnerStep = innerStep;
        private readonly float* _data = data;
        private readonly long _rowStep = rowStep;
        private readonly int _last = rows - 1;

        public int Rows => _last + 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float* Row(int row) => _data + Math.Min(row, _last) * _rowStep;
    }

    /// <param name="a">[rows, inner].</param>
    /// <param name="b">[inner, vectors · lanes], rows <paramref name="bStride"/> apart.</param>
    /// <param name="bStride">Numbers.</param>
    /// <param name="inner">Length of the sums.</param>
    /// <param name="vectors">Width of B and C.</param>
    /// <param name="c">[rows rounded up to <see cref="RowGroup"/>, vectors · lanes].</param>
    /// <param name="cStride">Numbers.</param>
    /// <param name="accumulate">C += instead of C =.</param>
    public static void Multiply(in Operand a, float* b, long bStride, int inner, int vectors, float* c, long cStride, bool accumulate)
    {
        for (var row = 0; row < a.Rows; row += RowGroup)
        {
            var target = c + row * cStride;
            var v = 0;
            for (; v + 2 <= vectors; v += 2)
            {
                long column = v * TLanes.Count;
                if (TLanes.ManyRegisters)
                {
                    Tile8x2(a, row, b + column, bStride, inner, target + column, cStride, accumulate);
                }
                else
                {
                    Tile4x2(a, row, b + column, bStride, inner, target + column, cStride, accumulate);
                    Tile4x2(a, row + 4, b + column, bStride, inner, target + 4 * cStride + column, cStride, accumulate);
                }
            }

            if (v == vectors) continue;
            var last = v * TLanes.Count;
            Tile8x1(a, row, b + last, bStride, inner, target + last, cStride, accumulate);
        }
    }
}

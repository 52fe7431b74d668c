using System.Runtime.CompilerServices;
using Qwen2Audio.Numerics.Products;

namespace Qwen2Audio.Numerics.Tests.Products;

/// <summary>What <see cref="Gemm"/> promises, in plain loops: one chain of multiply-adds per element.</summary>
internal static class GemmReference
{
    public static void Multiply(
        Matrix a, bool transposeA, Matrix b, bool transposeB, Matrix c, bool accumulate = false, Matrix bias = default)
    {
        var depth = transposeA ? a.Rows : a.Columns;
        for (var m = 0; m < c.Rows; m++)
        {
            for (var n = 0; n < c.Columns; n++)
            {
                var sum = accumulate ? c.Row(m)[n] : bias.IsNull ? 0f : bias.Row(0)[n];
                for (var k = 0; k < depth; k++)
                {
                    var x = transposeA ? a.Row(k)[m] : a.Row(m)[k];
                    var y = transposeB ? b.Row(n)[k] : b.Row(k)[n];
                    sum = MultiplyAdd(x, y, sum);
                }

                c.Row(m)[n] = sum;
            }
        }
    }

    public static void AssertSame(Matrix expected, Matrix actual)
    {
        for (var row = 0; row < expected.Rows; row++)
        {
            for (var column = 0; column < expected.Columns; column++)
            {
                var (e, a) = (expected.Row(row)[column], actual.Row(row)[column]);
                if (BitConverter.SingleToInt32Bits(e) != BitConverter.SingleToInt32Bits(a) && !(float.IsNaN(e) && float.IsNaN(a)))
                    Assert.Fail($"[{row}, {column}] of {expected.Rows} × {expected.Columns}: {a:R}, expected {e:R} ({GemmTile.Form})");
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float MultiplyAdd(float x, float y, float sum) =>
        GemmTile.IsFused ? MathF.FusedMultiplyAdd(x, y, sum) : x * y + sum;
}

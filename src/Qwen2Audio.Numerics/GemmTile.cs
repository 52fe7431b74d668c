using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Qwen2Audio.Numerics;

/// <summary>
/// The innermost kernel of <see cref="Gemm"/>: a tile of C, a few rows by a panel's columns, kept in registers over a run of k.
/// All forms have the signature of <see cref="Scalar"/>; strides are in numbers:
/// C[r,n] = chain over k, starting from initial[r,n], of A[r,k] · B[k,n].
/// The form is chosen once, by what the processor (and the runtime's DOTNET_Enable… switches) offer.
/// </summary>
internal static unsafe partial class GemmTile
{
    /// <summary>Rows of the largest tile; 4 (if smaller than this), 2 and 1 are there too.</summary>
    public static readonly int Rows;

    /// <summary>Columns of a full panel of B.</summary>
    public static readonly int Columns;

    /// <summary>Numbers in a vector: a panel's columns are a multiple of it, the last panel's padded with zeros.</summary>
    public static readonly int Lanes;

    /// <summary>Name of the form in use.</summary>
    public static readonly string Form;

    /// <summary>Whether the form rounds once per multiply-add.</summary>
    public static readonly bool IsFused;

    private const int MaxVectors = 3;
    private static readonly nint[] Kernels = new nint[4 * MaxVectors];

    static GemmTile()
    {
        if (Avx512F.IsSupported)
        {
            (Form, Rows, Columns, Lanes, IsFused) = ("Avx512", 8, 48, 16, true);
            FillAvx512();
        }
        else if (Avx2.IsSupported && Fma.IsSupported)
        {
            (Form, Rows, Columns, Lanes, IsFused) = ("Avx2", 6, 16, 8, true);
            FillAvx2();
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            (Form, Rows, Columns, Lanes, IsFused) = ("Vector128", 4, 8, 4, AdvSimd.Arm64.IsSupported || Fma.IsSupported);
            FillVector128();
        }
        else
        {
            (Form, Rows, Columns, Lanes, IsFused) = ("Scalar", 4, 4, 4, false);
            Set(0, 1, &Scalar<Count4>);
            Set(2, 1, &Scalar<Count2>);
            Set(3, 1, &Scalar<Count1>);
        }
    }

    /// <summary>Rows of the largest tile that fits into <paramref name="remaining"/> rows.</summary>
    public static int RowsWithin(int remaining) => remaining >= Rows ? Rows : remaining >= 4 ? 4 : remaining >= 2 ? 2 : 1;

    /// <summary>The kernel for a tile of <paramref name="rows"/> (from <see cref="RowsWithin"/>) by so many vectors.</summary>
    public static delegate*<nint, float*, nint, nint, float*, nint, float*, nint, float*, nint, void> For(int rows, int vectors)
    {
        var size = rows == Rows ? 0 : rows == 4 ? 1 : rows == 2 ? 2 : 3;
        return (delegate*<nint, float*, nint, nint, float*, nint, float*, nint, float*, nint, void>)
            Kernels[size * MaxVectors + vectors - 1];
    }

    private static void Set(
        int size, int vectors, delegate*<nint, float*, nint, nint, float*, nint, float*, nint, float*, nint, void> kernel) =>
        Kernels[size * MaxVectors + vectors - 1] = (nint)kernel;

    /// <summary>Plain arithmetic, 4 columns.</summary>
    private static void Scalar<TRows>(
        nint k, float* a, nint aRow, nint aStep, float* b, nint bStep, float* initial, nint initialRow, float* c, nint cRow)
        where TRows : ICount
    {
        for (var row = 0; row < TRows.Value; row++)
        {
            float c0 = initial[0], c1 = initial[1], c2 = initial[2], c3 = initial[3];
            for (nint i = 0; i < k; i++)
            {
                var x = a[i * aStep];
                var y = b + i * bStep;
                c0 += x * y[0];
                c1 += x * y[1];
                c2 += x * y[2];
                c3 += x * y[3];
            }

            (c[0], c[1], c[2], c[3]) = (c0, c1, c2, c3);
            a += aRow;
            initial += initialRow;
            c += cRow;
        }
    }

    /// <summary>A number that the compiler folds into the code of each tile size.</summary>
    private interface ICount
    {
        static abstract int Value { get; }
    }

    private readonly struct Count1 : ICount
    {
        public static int Value => 1;
    }

    private readonly struct Count2 : ICount
    {
        public static int Value => 2;
    }

    private readonly struct Count3 : ICount
    {
        public static int Value => 3;
    }

    private readonly struct Count4 : ICount
    {
        public static int Value => 4;
    }

    private readonly struct Count6 : ICount
    {
        public static int Value => 6;
    }

    private readonly struct Count8 : ICount
    {
        public static int Value => 8;
    }
}

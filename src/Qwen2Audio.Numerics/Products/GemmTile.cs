using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Qwen2Audio.Numerics.Products;

/// <summary>
/// The innermost kernel of <see cref="Gemm"/>: a tile of C, a few rows by a panel's columns, kept in registers over a run of k.
/// All forms do what <see cref="Scalar"/> does; see <see cref="GemmTileTask"/>.
/// The form is chosen once, by what the processor (and the runtime's DOTNET_Enable… switches) support.
/// </summary>
internal static unsafe partial class GemmTile
{
    /// <summary>Rows of the largest tile; there is a kernel for every smaller number too.</summary>
    public static readonly int Rows;

    /// <summary>Columns of a full panel of B.</summary>
    public static readonly int Columns;

    /// <summary>Numbers in a vector: a panel's columns are a multiple of it, the last panel's padded with zeros.</summary>
    public static readonly int Lanes;

    /// <summary>Name of the form in use.</summary>
    public static readonly string Form;

    /// <summary>Whether the form rounds once per multiply-add.</summary>
    public static readonly bool IsFused;

    /// <summary>Steps of k between two rounds of prefetching: a cache line of an untransposed A.</summary>
    public const int PrefetchRun = 16;

    private const int MaxVectors = 3;
    private const int MaxRows = 8;
    private static readonly nint[] Kernels = new nint[MaxRows * MaxVectors];

    static GemmTile()
    {
        if (Avx512F.IsSupported)
        {
            (Form, Rows, Columns, Lanes, IsFused) = ("Avx512", 8, 48, 16, true);
            FillTileAvx512();
        }
        else if (Avx2.IsSupported && Fma.IsSupported)
        {
            (Form, Rows, Columns, Lanes, IsFused) = ("Avx2", 6, 16, 8, true);
            FillTileAvx2();
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            (Form, Rows, Columns, Lanes, IsFused) = ("Vector128", 4, 8, 4, AdvSimd.Arm64.IsSupported || Fma.IsSupported);
            FillTileVector128();
        }
        else
        {
            (Form, Rows, Columns, Lanes, IsFused) = ("Scalar", 4, 4, 4, false);
            Set(1, 1, &Scalar<Count1>);
            Set(2, 1, &Scalar<Count2>);
            Set(3, 1, &Scalar<Count3>);
            Set(4, 1, &Scalar<Count4>);
        }
    }

    /// <summary>The kernel for a tile of 1…<see cref="Rows"/> rows by so many vectors.</summary>
    public static delegate*<GemmTileTask*, void> For(int rows, int vectors) =>
        (delegate*<GemmTileTask*, void>)Kernels[(rows - 1) * MaxVectors + vectors - 1];

    private static void Set(int rows, int vectors, delegate*<GemmTileTask*, void> kernel) =>
        Kernels[(rows - 1) * MaxVectors + vectors - 1] = (nint)kernel;

    /// <summary>Plain arithmetic, 4 columns.</summary>
    private static void Scalar<TRows>(GemmTileTask* task)
        where TRows : unmanaged
    {
        for (var row = 0; row < sizeof(TRows); row++)
        {
            float* x = task->A + row * task->ARow, y = task->B;
            var start = task->Initial + row * task->InitialRow;
            float c0 = start[0], c1 = start[1], c2 = start[2], c3 = start[3];
            for (var k = 0; k < task->Depth; k++, x += task->AStep, y += task->BStep)
            {
                c0 += *x * y[0];
                c1 += *x * y[1];
                c2 += *x * y[2];
                c3 += *x * y[3];
            }

            var end = task->C + row * task->CRow;
            (end[0], end[1], end[2], end[3]) = (c0, c1, c2, c3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(GemmTileTask* task, int run)
    {
        if (!Sse.IsSupported) return;
        var ahead = task->Ahead + run * task->AheadStep;
        for (var i = 0; i < task->AheadCount; i++, ahead += task->AheadRow) Sse.Prefetch1(ahead);
    }

    // Counts, as sizes: the compiler needs a third less time for a tile than with static members that return them.
    [StructLayout(LayoutKind.Sequential, Size = 1)]
    private readonly struct Count1;

    [StructLayout(LayoutKind.Sequential, Size = 2)]
    private readonly struct Count2;

    [StructLayout(LayoutKind.Sequential, Size = 3)]
    private readonly struct Count3;

    [StructLayout(LayoutKind.Sequential, Size = 4)]
    private readonly struct Count4;

    [StructLayout(LayoutKind.Sequential, Size = 5)]
    private readonly struct Count5;

    [StructLayout(LayoutKind.Sequential, Size = 6)]
    private readonly struct Count6;

    [StructLayout(LayoutKind.Sequential, Size = 7)]
    private readonly struct Count7;

    [StructLayout(LayoutKind.Sequential, Size = 8)]
    private readonly struct Count8;
}

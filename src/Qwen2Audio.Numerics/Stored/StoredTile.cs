using System.Runtime.Intrinsics.X86;
using Qwen2Audio.Numerics.Lanes;

namespace Qwen2Audio.Numerics.Stored;

/// <summary>One tile of a <see cref="StoredGemm"/>: rows of x against four rows of a stored weight.</summary>
internal unsafe struct StoredTile
{
    /// <summary>Rows of the weight in a tile.</summary>
    public const int WeightRows = 4;

    /// <summary>First value of the first row of x, and the distance between rows.</summary>
    public float* X;
    public nint XRow;

    /// <summary>First byte of each row of the weight.</summary>
    public byte* W0;
    public byte* W1;
    public byte* W2;
    public byte* W3;

    /// <summary>Values per row, a multiple of the vector length.</summary>
    public int Depth;

    /// <summary>The sums: that of (row of x, row of the weight) is at 4 · row + weight row.</summary>
    public fixed float Sums[6 * WeightRows];
}

/// <summary>
/// Sums over products of rows: lane l of a vector adds up the values l, l + lanes, … in order, then the lanes are added. So a sum
/// depends only on its two rows, however many rows a tile has.
/// </summary>
internal static unsafe class StoredTileKernel<TStored, TLanes, TVector>
    where TStored : struct, IStoredNumbers
    where TLanes : struct, IFloatLanes<TVector>
    where TVector : struct
{
    private const int Ahead = 1024; // bytes

    /// <summary>Rows of x in the largest tile: its sums stay in registers.</summary>
    public static int MaxRows => TLanes.ManyRegisters ? 6 : 2;

    public static void Run(StoredTile* tile, int rows)
    {
        switch (rows)
        {
            case 1: Tile<Rows1>(tile); break;
            case 2: Tile<Rows2>(tile); break;
            case 3: Tile<Rows3>(tile); break;
            case 4: Tile<Rows4>(tile); break;
            case 5: Tile<Rows5>(tile); break;
            default: Tile<Rows6>(tile); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile<TRows>(StoredTile* tile)
        where TRows : IRows
    {
        TVector s00, s01, s02, s03, s10, s11, s12, s13;
        TVector s20, s21, s22, s23, s30, s31, s32, s33;
        TVector s40, s41, s42, s43, s50, s51, s52, s53;
        s00 = s01 = s02 = s03 = TLanes.Zero;
        s10 = s11 = s12 = s13 = TLanes.Zero;
        s20 = s21 = s22 = s23 = TLanes.Zero;
        s30 = s31 = s32 = s33 = TLanes.Zero;
        s40 = s41 = s42 = s43 = TLanes.Zero;
        s50 = s51 = s52 = s53 = TLanes.Zero;
        byte* w0 = tile->W0, w1 = tile->W1, w2 = tile->W2, w3 = tile->W3;
        var x = tile->X;
        nint row = tile->XRow, row3 = 3 * row, row5 = 5 * row;
        var step = TLanes.Count * TStored.Size;
        for (var end = x + tile->Depth; x < end; x += TLanes.Count)
        {
            if (TRows.Count == 1 && Sse.IsSupported)
            {
                Sse.Prefetch0(w0 + Ahead);
                Sse.Prefetch0(w1 + Ahead);
                Sse.Prefetch0(w2 + Ahead);
                Sse.Prefetch0(w3 + Ahead);
            }

            var b0 = StoredLoad<TStored, TVector>.Load(w0);
            var b1 = StoredLoad<TStored, TVector>.Load(w1);
            var b2 = StoredLoad<TStored, TVector>.Load(w2);
            var b3 = StoredLoad<TStored, TVector>.Load(w3);
            Add(x, b0, b1, b2, b3, ref s00, ref s01, ref s02, ref s03);
            if (TRows.Count > 1) Add(x + row, b0, b1, b2, b3, ref s10, ref s11, ref s12, ref s13);
            if (TRows.Count > 2) Add(x + 2 * row, b0, b1, b2, b3, ref s20, ref s21, ref s22, ref s23);
            if (TRows.Count > 3) Add(x + row3, b0, b1, b2, b3, ref s30, ref s31, ref s32, ref s33);
            if (TRows.Count > 4) Add(x + 4 * row, b0, b1, b2, b3, ref s40, ref s41, ref s42, ref s43);
            if (TRows.Count > 5) Add(x + row5, b0, b1, b2, b3, ref s50, ref s51, ref s52, ref s53);
            w0 += step;
            w1 += step;
            w2 += step;
            w3 += step;
        }

        var sums = tile->Sums;
        Store(sums, s00, s01, s02, s03);
        if (TRows.Count > 1) Store(sums + 4, s10, s11, s12, s13);
        if (TRows.Count > 2) Store(sums + 8, s20, s21, s22, s23);
        if (TRows.Count > 3) Store(sums + 12, s30, s31, s32, s33);
        if (TRows.Count > 4) Store(sums + 16, s40, s41, s42, s43);
        if (TRows.Count > 5) Store(sums + 20, s50, s51, s52, s53);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(
        float* source, TVector b0, TVector b1, TVector b2, TVector b3, ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3)
    {
        var x = TLanes.Load(source);
        s0 = TLanes.MultiplyAdd(x, b0, s0);
        s1 = TLanes.MultiplyAdd(x, b1, s1);
        s2 = TLanes.MultiplyAdd(x, b2, s2);
        s3 = TLanes.MultiplyAdd(x, b3, s3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* target, TVector s0, TVector s1, TVector s2, TVector s3)
    {
        target[0] = TLanes.Sum(s0);
        target[1] = TLanes.Sum(s1);
        target[2] = TLanes.Sum(s2);
        target[3] = TLanes.Sum(s3);
    }

    /// <summary>A constant that the compiler folds into the code of each tile size.</summary>
    private interface IRows
    {
        static abstract int Count { get; }
    }

    private readonly struct Rows1 : IRows
    {
        public static int Count => 1;
    }

    private readonly struct Rows2 : IRows
    {
        public static int Count => 2;
    }

    private readonly struct Rows3 : IRows
    {
        public static int Count => 3;
    }

    private readonly struct Rows4 : IRows
    {
        public static int Count => 4;
    }

    private readonly struct Rows5 : IRows
    {
        public static int Count => 5;
    }

    private readonly struct Rows6 : IRows
    {
        public static int Count => 6;
    }
}

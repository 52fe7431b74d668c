using System.Runtime.Intrinsics;
using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Sweeps;

/// <summary>Pointers to the same element of up to five matrices.</summary>
internal readonly unsafe struct Operands(float* a, float* b, float* c, float* d, float* e)
{
    public readonly float* A = a;
    public readonly float* B = b;
    public readonly float* C = c;
    public readonly float* D = d;
    public readonly float* E = e;
}

/// <summary>What is done to one vector of every operand: all loads before the first store, so that operands may share storage.</summary>
internal interface IElementMap
{
    /// <summary>How many of the operands A, B, C, D, E there are.</summary>
    static abstract int Count { get; }

    /// <summary>The first operand that is stored to; those after it are stored to as well.</summary>
    static abstract int FirstOutput { get; }

    void Apply<TLanes, TVector>(in Operands at)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct;
}

/// <summary>Applies a map to all elements, in items that are shared among the workers.</summary>
internal unsafe struct ElementSweep<TMap>
    where TMap : unmanaged, IElementMap
{
    private const int ItemLength = 16384;
    private TMap _map;
    private Matrix _a;
    private Matrix _b;
    private Matrix _c;
    private Matrix _d;
    private Matrix _e;
    private int _rowsPerItem;
    private int _columnItems;
    private int _columnsPerItem;

    /// <summary>Matrices of the same shape; those that the map does not use are default.</summary>
    public static void Run(
        WorkerPool pool, TMap map, Matrix a, Matrix b = default, Matrix c = default, Matrix d = default, Matrix e = default)
    {
        if (a.Length == 0) return;
        var sweep = new ElementSweep<TMap> { _map = map, _a = a, _b = b, _c = c, _d = d, _e = e };
        var contiguous = a.IsContiguous && b.IsContiguous && c.IsContiguous && d.IsContiguous && e.IsContiguous;
        if (contiguous && a.Rows > 1 && a.Length <= int.MaxValue)
        {
            var length = (int)a.Length;
            sweep._a = Flat(a, length);
            sweep._b = Flat(b, length);
            sweep._c = Flat(c, length);
            sweep._d = Flat(d, length);
            sweep._e = Flat(e, length);
        }

        var (rows, columns) = (sweep._a.Rows, sweep._a.Columns);
        sweep._columnItems = Math.Max(1, columns / ItemLength);
        sweep._columnsPerItem = (columns / sweep._columnItems + 16) / 16 * 16;
        sweep._rowsPerItem = Math.Max(1, ItemLength / columns);
        if (sweep._a.Length < 2 * ItemLength) sweep._rowsPerItem = rows;
        var items = (rows + sweep._rowsPerItem - 1) / sweep._rowsPerItem * sweep._columnItems;
        if (Vector512.IsHardwareAccelerated) pool.Run(items, &Item<FloatLanes512, Vector512<float>>, &sweep);
        else if (Vector256.IsHardwareAccelerated) pool.Run(items, &Item<FloatLanes256, Vector256<float>>, &sweep);
        else pool.Run(items, &Item<FloatLanes128, Vector128<float>>, &sweep);
    }

    private static Matrix Flat(Matrix x, int length) => x.IsNull ? x : new Matrix(x.Data, 1, length, length);

    private static void Item<TLanes, TVector>(void* context, int item, int worker)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        ref var sweep = ref *(ElementSweep<TMap>*)context;
        var row = item / sweep._columnItems * sweep._rowsPerItem;
        var end = Math.Min(row + sweep._rowsPerItem, sweep._a.Rows);
        var start = (long)(item % sweep._columnItems) * sweep._columnsPerItem;
        var count = (int)Math.Min(sweep._columnsPerItem, sweep._a.Columns - start); // below 0 when rounding up left the last items empty
        for (; row < end; row++)
        {
            var at = new Operands(
                At(sweep._a, row, start), At(sweep._b, row, start), At(sweep._c, row, start), At(sweep._d, row, start),
                At(sweep._e, row, start));
            Stretch<TLanes, TVector>(sweep._map, at, count);
        }
    }

    private static float* At(Matrix x, int row, long column) => x.Data + (long)row * x.Stride + column;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Stretch<TLanes, TVector>(TMap map, Operands at, int count)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var a = at.A;
        var b = at.B;
        var c = at.C;
        var d = at.D;
        var e = at.E;
        var i = 0;
        for (; i <= count - TLanes.Count; i += TLanes.Count)
            map.Apply<TLanes, TVector>(new Operands(a + i, b + i, c + i, d + i, e + i));
        if (i < count) Rest<TLanes, TVector>(map, new Operands(a + i, b + i, c + i, d + i, e + i), count - i);
    }

    /// <summary>The end of a row goes through the same vector code, so that a value does not depend on its position.</summary>
    private static void Rest<TLanes, TVector>(TMap map, in Operands at, int count)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        const int Longest = 16;
        var copies = stackalloc float[5 * Longest];
        var sources = stackalloc float*[5] { at.A, at.B, at.C, at.D, at.E };
        new Span<float>(copies, 5 * Longest).Clear();
        for (var k = 0; k < TMap.Count; k++)
            for (var i = 0; i < count; i++) copies[k * Longest + i] = sources[k][i];
        map.Apply<TLanes, TVector>(
            new Operands(copies, copies + Longest, copies + 2 * Longest, copies + 3 * Longest, copies + 4 * Longest));
        for (var k = TMap.FirstOutput; k < TMap.Count; k++)
            for (var i = 0; i < count; i++) sources[k][i] = copies[k * Longest + i];
    }
}

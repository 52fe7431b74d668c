using Qwen2Audio.Numerics.Lanes;

namespace Qwen2Audio.Numerics.Stored;

/// <summary>
/// One item of a <see cref="StoredPlan"/>: some rows of a weight against all rows of x. With few rows of x the weight is read in
/// place, once; with many, a block of it is widened first and used for all of them.
/// </summary>
internal readonly unsafe struct StoredBlock(StoredProduct* product, float* scratch, int first, int rows)
{
    private const int Depth = StoredPlan.BlockDepth;
    private const int MaxXRows = 6;
    private const int WidenFrom = 8; // rows of x
    private const int ScratchRow = Depth + 16; // floats: keeps rows out of the same cache set
    private const int WeightLength = StoredPlan.ItemRows * ScratchRow;

    /// <summary>Numbers of scratch: a block of the weight and a strip of x.</summary>
    public const int ScratchLength = WeightLength + MaxXRows * ScratchRow;

    public void Compute<TStored, TLanes, TVector>()
        where TStored : struct, IStoredNumbers
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        if (product->K == 0)
        {
            for (var m = 0; m < product->M; m++)
                for (var n = first; n < first + rows; n++) Add(m, n, 0, isFirst: true);
        }
        else if (product->M < WidenFrom)
        {
            for (var row = 0; row < rows; row += StoredTile.WeightRows)
                for (var start = 0; start < product->K; start += Depth) InPlace<TStored, TLanes, TVector>(row, start);
        }
        else
        {
            for (var start = 0; start < product->K; start += Depth) Widened<TStored, TLanes, TVector>(start);
        }
    }

    private void InPlace<TStored, TLanes, TVector>(int row, int start)
        where TStored : struct, IStoredNumbers
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var depth = Math.Min(Depth, product->K - start);
        if (depth % TLanes.Count != 0)
        {
            Widen<TStored, TLanes, TVector>(row, Math.Min(StoredTile.WeightRows, rows - row), start, depth);
            Strips<StoredFloat32, TLanes, TVector>((byte*)scratch, ScratchRow * sizeof(float), row, 0, start, depth);
            return;
        }

        var weight = product->Weight + first * product->WeightRow + (nint)start * TStored.Size;
        Strips<TStored, TLanes, TVector>(weight, product->WeightRow, row, row, start, depth);
    }

    private void Widened<TStored, TLanes, TVector>(int start)
        where TStored : struct, IStoredNumbers
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var depth = Math.Min(Depth, product->K - start);
        Widen<TStored, TLanes, TVector>(0, rows, start, depth);
        var tile = default(StoredTile);
        for (int m = 0, count; m < product->M; m += count)
        {
            count = Math.Min(StoredTileKernel<TStored, TLanes, TVector>.MaxRows, product->M - m);
            TakeX<TLanes, TVector>(&tile, m, count, start, depth);
            for (var row = 0; row < rows; row += StoredTile.WeightRows)
            {
                SetWeight(&tile, (byte*)scratch, ScratchRow * sizeof(float), row, rows - row);
                StoredTileKernel<StoredFloat32, TLanes, TVector>.Run(&tile, count);
                AddSums(&tile, m, count, row, start == 0);
            }
        }
    }

    /// <summary>All rows of x against the weight's rows from <paramref name="row"/> on, which lie at weight + at · stride.</summary>
    private void Strips<TStored, TLanes, TVector>(byte* weight, nint stride, int row, int at, int start, int depth)
        where TStored : struct, IStoredNumbers
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var tile = default(StoredTile);
        SetWeight(&tile, weight, stride, at, rows - row);
        for (int m = 0, count; m < product->M; m += count)
        {
            count = Math.Min(StoredTileKernel<TStored, TLanes, TVector>.MaxRows, product->M - m);
            TakeX<TLanes, TVector>(&tile, m, count, start, depth);
            StoredTileKernel<TStored, TLanes, TVector>.Run(&tile, count);
            AddSums(&tile, m, count, row, start == 0);
        }
    }

    /// <summary>Copies rows of the weight to the scratch as float32, zeros up to a whole vector.</summary>
    private void Widen<TStored, TLanes, TVector>(int row, int count, int start, int depth)
        where TStored : struct, IStoredNumbers
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        for (var i = 0; i < count; i++)
        {
            var target = scratch + (nint)i * ScratchRow;
            var source = product->Weight + (first + row + i) * product->WeightRow + (nint)start * TStored.Size;
            StoredWidening.Widen<TStored>(source, depth, target);
            for (var k = depth; k % TLanes.Count != 0; k++) target[k] = 0;
        }
    }

    /// <summary>Where rows of x are read: in place, or in the scratch with zeros up to a whole vector.</summary>
    private void TakeX<TLanes, TVector>(StoredTile* tile, int m, int count, int start, int depth)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var x = product->X + m * product->XRow + start;
        tile->X = x;
        tile->XRow = product->XRow;
        tile->Depth = depth;
        if (depth % TLanes.Count == 0) return;
        var strip = scratch + WeightLength;
        for (var i = 0; i < count; i++)
        {
            var target = strip + i * ScratchRow;
            new ReadOnlySpan<float>(x + i * product->XRow, depth).CopyTo(new Span<float>(target, depth));
            var k = depth;
            for (; k % TLanes.Count != 0; k++) target[k] = 0;
            tile->Depth = k;
        }

        tile->X = strip;
        tile->XRow = ScratchRow;
    }

    // if fewer rows are left, the last one is repeated
    private static void SetWeight(StoredTile* tile, byte* weight, nint stride, int row, int left)
    {
        tile->W0 = weight + row * stride;
        tile->W1 = weight + (row + Math.Min(1, left - 1)) * stride;
        tile->W2 = weight + (row + Math.Min(2, left - 1)) * stride;
        tile->W3 = weight + (row + Math.Min(3, left - 1)) * stride;
    }

    private void AddSums(StoredTile* tile, int m, int count, int row, bool isFirst)
    {
        var columns = Math.Min(StoredTile.WeightRows, rows - row);
        for (var i = 0; i < count; i++)
            for (var j = 0; j < columns; j++) Add(m + i, first + row + j, tile->Sums[i * StoredTile.WeightRows + j], isFirst);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Add(int m, int n, float sum, bool isFirst)
    {
        ref var y = ref product->Y[m * product->YRow + n];
        y = sum + (!isFirst ? y : product->Initial == null ? 0 : product->Initial[m * product->InitialRow + n]);
    }
}

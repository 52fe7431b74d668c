namespace Qwen2Audio.Numerics.Attention;

/// <summary>
/// One call of <see cref="ScaledDotProductAttention"/> as its work items see it. The query heads that share a key/value head are processed together: their
/// rows r = query · group + head are split into blocks, and one item is a block of one key/value head of one segment. A lone block with
/// many keys (decoding) is split along the keys instead. How a segment is split depends only on that segment.
/// </summary>
internal unsafe struct AttentionJob
{
    private const int NumbersPerPart = 32 * 1024; // keys and values of a part stay in the second-level cache
    public AttentionShape Shape;
    public AttentionSegment* Segments;
    public int Count;
    public int RowsPerBlock;
    public float** Scratch; // one per worker
    public int* FirstItem; // Count + 1
    public int* FirstPart; // Count + 1, of the segments that are split along the keys
    public float* Parts;
    public int PartLength;

    /// <summary>Keys of a part: a multiple of 32.</summary>
    public readonly int KeysPerPart => Math.Clamp(NumbersPerPart / (Shape.KvHeads * Shape.HeadDim) & ~31, 64, 1024);

    /// <summary>Rows of the query heads that share a key/value head.</summary>
    public readonly int Rows(int segment) => Segments[segment].Q.Rows * Shape.Group;

    public readonly int Blocks(int segment) => (Rows(segment) + RowsPerBlock - 1) / RowsPerBlock;

    public readonly int PartCount(int segment)
    {
        if (Blocks(segment) != 1 || Shape.Chunk > 1) return 1; // chunk by chunk gives the same bits as all chunks at once
        var (first, end) = VisibleKeys(segment, 0, Segments[segment].Q.Rows - 1);
        return Math.Max(1, (end - first + KeysPerPart - 1) / KeysPerPart);
    }

    public readonly int Items(int segment) => PartCount(segment) is > 1 and var parts ? parts : Shape.KvHeads * Blocks(segment);

    /// <summary>Keys [first, end) that any of the queries sees.</summary>
    public readonly (int First, int End) VisibleKeys(int segment, int firstQuery, int lastQuery)
    {
        ref readonly var s = ref Segments[segment];
        var end = Shape.EndKey(lastQuery + s.Offset, s.K.Rows);
        return (Math.Min(Shape.FirstKey(firstQuery + s.Offset), end), end);
    }

    /// <summary>Keys [first, end) that all of the queries see.</summary>
    public readonly (int First, int End) KeysSeenByAll(int segment, int firstQuery, int lastQuery)
    {
        ref readonly var s = ref Segments[segment];
        return (Shape.FirstKey(lastQuery + s.Offset), Shape.EndKey(firstQuery + s.Offset, s.K.Rows));
    }

    /// <summary>The segment that an item belongs to.</summary>
    public readonly int SegmentOf(int item)
    {
        var (low, high) = (0, Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (FirstItem[middle] <= item) low = middle;
            else high = middle - 1;
        }

        return low;
    }

    /// <summary>The longest sequence of keys.</summary>
    public readonly int LongestKeys()
    {
        var longest = 0;
        for (var i = 0; i < Count; i++) longest = Math.Max(longest, Segments[i].K.Rows);
        return longest;
    }
}

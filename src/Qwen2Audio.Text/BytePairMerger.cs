namespace Qwen2Audio.Text;

/// <summary>
/// Merges the symbols of one piece: the pair of lowest rank first, leftmost first. Short pieces are searched again for every merge; long ones
/// keep their pairs in a queue, so that n symbols take O(n log n).
/// </summary>
internal sealed class BytePairMerger
{
    private const int Short = 32;
    private const int NoMerge = int.MaxValue;
    private readonly Dictionary<ulong, (int Rank, int Merged)> _merges;

    public BytePairMerger(BytePairVocabulary vocabulary)
    {
        _merges = new(vocabulary.MergeIds.Count);
        for (var rank = 0; rank < vocabulary.MergeIds.Count; rank++)
        {
            var (left, right, merged) = vocabulary.MergeIds[rank];
            _merges.TryAdd(Key(left, right), (rank, merged));
        }
    }

    /// <summary>Appends the ids that result from <paramref name="symbols"/>, whose content is overwritten.</summary>
    public void Merge(Span<int> symbols, List<int> ids)
    {
        if (symbols.Length <= Short) MergeShort(symbols, ids);
        else MergeLong(symbols, ids);
    }

    private void MergeShort(Span<int> symbols, List<int> ids)
    {
        Span<int> ranks = stackalloc int[Short];
        Span<int> merged = stackalloc int[Short];
        for (var i = 0; i + 1 < symbols.Length; i++) ranks[i] = Rank(symbols[i], symbols[i + 1], out merged[i]);
        var count = symbols.Length;
        while (count > 1)
        {
            var best = 0;
            for (var i = 1; i + 1 < count; i++)
                if (ranks[i] < ranks[best]) best = i;
            if (ranks[best] == NoMerge) break;
            symbols[best] = merged[best];
            symbols[(best + 2)..count].CopyTo(symbols[(best + 1)..]);
            ranks[(best + 1)..count].CopyTo(ranks[best..]);
            merged[(best + 1)..count].CopyTo(merged[best..]);
            count--;
            if (best > 0) ranks[best - 1] = Rank(symbols[best - 1], symbols[best], out merged[best - 1]);
            if (best + 1 < count) ranks[best] = Rank(symbols[best], symbols[best + 1], out merged[best]);
        }

        foreach (var symbol in symbols[..count]) ids.Add(symbol);
    }

    private void MergeLong(Span<int> symbols, List<int> ids)
    {
        // a linked list of the remaining symbols, with the rank of each one's pair with the next; queue entries of other ranks are out of date
        var count = symbols.Length;
        var (next, previous, ranks, merged) = (new int[count], new int[count], new int[count], new int[count]);
        var orders = new ulong[count];
        var known = 0;
        for (var i = 0; i < count; i++)
        {
            (previous[i], next[i]) = (i - 1, i + 1);
            ranks[i] = i + 1 < count ? Rank(symbols[i], symbols[i + 1], out merged[i]) : NoMerge;
            if (ranks[i] != NoMerge) orders[known++] = Order(ranks[i], i);
        }

        var queue = new MergeQueue(orders.AsSpan(0, known));
        while (queue.TryTake(out var order))
        {
            var place = (int)(uint)order;
            if (symbols[place] < 0 || ranks[place] != (int)(order >> 32)) continue;
            var right = next[place];
            symbols[place] = merged[place];
            symbols[right] = -1;
            next[place] = next[right];
            if (next[place] < count) previous[next[place]] = place;
            Propose(place, symbols, ref queue);
            if (previous[place] >= 0) Propose(previous[place], symbols, ref queue);
        }

        foreach (var symbol in symbols)
            if (symbol >= 0) ids.Add(symbol);

        void Propose(int at, Span<int> now, ref MergeQueue waiting)
        {
            ranks[at] = next[at] < count ? Rank(now[at], now[next[at]], out merged[at]) : NoMerge;
            if (ranks[at] != NoMerge) waiting.Add(Order(ranks[at], at));
        }
    }

    private int Rank(int left, int right, out int merged)
    {
        var found = _merges.TryGetValue(Key(left, right), out var merge);
        merged = merge.Merged;
        return found ? merge.Rank : NoMerge;
    }

    private static ulong Order(int rank, int place) => ((ulong)(uint)rank << 32) | (uint)place;

    // multiplying by an odd number keeps different pairs distinct and spreads their hashes
    internal static ulong Key(int left, int right) => (((ulong)(uint)left << 32) | (uint)right) * 0x9E37_79B9_7F4A_7C15;
}

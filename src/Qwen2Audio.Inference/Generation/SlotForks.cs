namespace Qwen2Audio.Inference;

/// <summary>
/// Gives sequences that fork slots of a cache of their own: the first child goes on in its parent's slot, others are copied to free
/// slots, without the prompt's rows where the slot has them already.
/// </summary>
internal sealed class SlotForks(KvCache cache)
{
    private readonly int[] _prompts = new int[cache.Slots]; // whose rows a slot begins with
    private int[] _promptRows = [];

    /// <summary>Notes that prompt i, of <paramref name="promptRows"/>[i] rows, lies in <paramref name="slots"/>[i], and nothing elsewhere.</summary>
    public void Begin(ReadOnlySpan<int> slots, ReadOnlySpan<int> promptRows)
    {
        _promptRows = promptRows.ToArray();
        Array.Fill(_prompts, -1);
        for (var i = 0; i < slots.Length; i++) _prompts[slots[i]] = i;
    }

    /// <summary>Slots of children of sequences in <paramref name="parents"/> (slots, some more than once), which have <paramref name="rows"/> rows each.</summary>
    /// <exception cref="ArgumentException">More children than the cache has slots.</exception>
    public int[] Fork(ReadOnlySpan<int> parents, ReadOnlySpan<int> rows)
    {
        if (parents.Length > cache.Slots) throw new ArgumentException($"{parents.Length} sequences; the cache has {cache.Slots} slots.", nameof(parents));
        var slots = new int[parents.Length];
        var taken = new bool[cache.Slots];
        Array.Fill(slots, -1);
        for (var i = 0; i < parents.Length; i++)
        {
            if (taken[parents[i]]) continue;
            (slots[i], taken[parents[i]]) = (parents[i], true);
        }

        for (var i = 0; i < parents.Length; i++)
        {
            if (slots[i] >= 0) continue;
            slots[i] = CopyToFreeSlot(parents[i], rows[i], taken);
            taken[slots[i]] = true;
        }

        return slots;
    }

    private int CopyToFreeSlot(int from, int rows, bool[] taken)
    {
        var prompt = _prompts[from];
        var free = -1;
        for (var slot = 0; slot < taken.Length; slot++)
        {
            if (taken[slot]) continue;
            if (free < 0 || _prompts[slot] == prompt) free = slot;
            if (_prompts[slot] == prompt) break;
        }

        var start = _prompts[free] == prompt ? _promptRows[prompt] : 0;
        cache.CopyRows(from, free, start, rows - start);
        _prompts[free] = prompt;
        return free;
    }
}

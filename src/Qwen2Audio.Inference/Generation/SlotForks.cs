namespace Qwen2Audio.Inference.Generation;

/// <summary>
/// Assigns slots to forked sequences: the first child keeps its parent's slot; the others are copied to free
/// slots, except prompt rows that the slot already has.
/// </summary>
internal sealed class SlotForks(SequenceState state)
{
    private readonly (long Number, int Rows)[] _prompts = new (long, int)[state.Slots]; // the prompt at the start of each slot; 0: none
    private long _begun;

    /// <summary>Records a new prompt of <paramref name="rows"/> rows in a slot.</summary>
    public void Begin(int slot, int rows) => _prompts[slot] = (++_begun, rows);

    /// <summary>Returns slots for the children of <paramref name="parents"/> (slots, possibly repeated), which have <paramref name="rows"/> rows each.</summary>
    /// <exception cref="ArgumentException">More children than slots.</exception>
    public int[] Fork(ReadOnlySpan<int> parents, ReadOnlySpan<int> rows)
    {
        if (parents.Length > state.Slots) throw new ArgumentException($"{parents.Length} sequences; the state has {state.Slots} slots.", nameof(parents));
        var slots = new int[parents.Length];
        var taken = new bool[state.Slots];
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

        var start = _prompts[free] == prompt ? prompt.Rows : 0;
        state.CopyRows(from, free, start, rows - start);
        _prompts[free] = prompt;
        return free;
    }
}

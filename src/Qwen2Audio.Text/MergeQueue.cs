namespace Qwen2Audio.Text;

/// <summary>
/// A queue of places ordered by (rank, place). The initial entries are in a sorted array, read from front to back; later ones are in a binary
/// heap. With few later entries at a time this touches far less memory than one heap for all.
/// </summary>
internal ref struct MergeQueue
{
    private readonly ReadOnlySpan<ulong> _first;
    private ulong[] _heap = new ulong[64];
    private int _taken;
    private int _count;

    /// <summary>A queue with the initial entries <paramref name="first"/>, which are sorted in place.</summary>
    public MergeQueue(Span<ulong> first)
    {
        first.Sort();
        _first = first;
    }

    public void Add(ulong order)
    {
        if (_count == _heap.Length) Array.Resize(ref _heap, _count * 2);
        var at = _count++;
        while (at > 0 && _heap[(at - 1) / 2] > order)
        {
            _heap[at] = _heap[(at - 1) / 2];
            at = (at - 1) / 2;
        }

        _heap[at] = order;
    }

    public bool TryTake(out ulong order)
    {
        var left = _taken < _first.Length;
        if (_count == 0 || (left && _first[_taken] <= _heap[0]))
        {
            order = left ? _first[_taken++] : 0;
            return left;
        }

        order = _heap[0];
        SinkLast();
        return true;
    }

    private void SinkLast()
    {
        var last = _heap[--_count];
        var at = 0;
        while (2 * at + 1 < _count)
        {
            var child = 2 * at + 1;
            if (child + 1 < _count && _heap[child + 1] < _heap[child]) child++;
            if (_heap[child] >= last) break;
            _heap[at] = _heap[child];
            at = child;
        }

        _heap[at] = last;
    }
}

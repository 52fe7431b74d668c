namespace Qwen2Audio.Text;

/// <summary>Merges the symbols of one piece with a queue of candidate pairs ordered by (rank, place).</summary>
internal sealed class BytePairMerger
{
    private readonly Dictionary<(int Left, int Right), (int Rank, int Merged)> _merges;

    public BytePairMerger(BytePairVocabulary vocabulary)
    {
        _merges = new(vocabulary.Merges.Count);
        var rank = 0;
        foreach (var (left, right) in vocabulary.Merges)
            _merges.TryAdd((vocabulary.Ids[left], vocabulary.Ids[right]), (rank++, vocabulary.Ids[left + right]));
    }

    /// <summary>Appends the ids that remain of <paramref name="symbols"/>, whose content is used up.</summary>
    public void Merge(Span<int> symbols, List<int> ids)
    {
        // a chain of the symbols that are left: previous and next place of each
        var count = symbols.Length;
        var next = new int[count];
        var previous = new int[count];
        for (var i = 0; i < count; i++) (previous[i], next[i]) = (i - 1, i + 1 < count ? i + 1 : -1);
        var candidates = new PriorityQueue<(int Place, int Left, int Right, int Merged), (int Rank, int Place)>();
        for (var i = 0; i + 1 < count; i++) Propose(i, symbols, next, candidates);
        while (candidates.TryDequeue(out var pair, out _))
        {
            var right = next[pair.Place];
            // a neighbour was merged meanwhile: that merge has proposed the new pair
            if (symbols[pair.Place] != pair.Left || right < 0 || symbols[right] != pair.Right) continue;
            symbols[pair.Place] = pair.Merged;
            symbols[right] = -1;
            next[pair.Place] = next[right];
            if (next[right] >= 0) previous[next[right]] = pair.Place;
            if (previous[pair.Place] >= 0) Propose(previous[pair.Place], symbols, next, candidates);
            Propose(pair.Place, symbols, next, candidates);
        }

        foreach (var symbol in symbols)
            if (symbol >= 0) ids.Add(symbol);
    }

    private void Propose(
        int place, Span<int> symbols, int[] next, PriorityQueue<(int Place, int Left, int Right, int Merged), (int Rank, int Place)> candidates)
    {
        var right = next[place];
        if (right >= 0 && _merges.TryGetValue((symbols[place], symbols[right]), out var merge))
            candidates.Enqueue((place, symbols[place], symbols[right], merge.Merged), (merge.Rank, place));
    }
}

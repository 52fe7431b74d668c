namespace Qwen2Audio.Checkpoints.NGrams;

/// <summary>Builds a model's trie from lists of n-grams.</summary>
public static class NGramTrie
{
    /// <summary>
    /// Builds the levels from sorted n-grams, given as n ids each. The first n − 1 words of each must be an n-gram too.
    /// </summary>
    /// <param name="ids">For each n the words of its n-grams, n ids each; the first list is 0, 1, 2, ….</param>
    /// <param name="probabilities">ln P of each n-gram.</param>
    /// <param name="backoffs">ln of its back-off weight; not for the longest.</param>
    /// <param name="orphan">Receives the length and position of an n-gram whose first words are not an n-gram.</param>
    /// <returns>The levels; null if there is an orphan.</returns>
    public static IReadOnlyList<NGramOrder>? Build(
        IReadOnlyList<int[]> ids, IReadOnlyList<float[]> probabilities, IReadOnlyList<float[]> backoffs, out (int Length, int Position) orphan)
    {
        var orders = new NGramOrder[ids.Count];
        orphan = default;
        for (var n = 1; n <= ids.Count; n++)
        {
            var count = ids[n - 1].Length / n;
            var words = new int[count];
            for (var i = 0; i < count; i++) words[i] = ids[n - 1][(i * n) + n - 1];
            var isLast = n == ids.Count;
            orders[n - 1] = new NGramOrder(words, probabilities[n - 1], isLast ? [] : backoffs[n - 1], isLast ? [] : new int[count + 1]);
            if (n == 1) continue;
            var children = orders[n - 2].Children;
            var parent = 0;
            for (var i = 0; i < count; i++)
            {
                var start = ids[n - 1].AsSpan(i * n, n - 1);
                while (parent < orders[n - 2].Count && !ids[n - 2].AsSpan(parent * (n - 1), n - 1).SequenceEqual(start)) children[++parent] = i;
                if (parent == orders[n - 2].Count)
                {
                    orphan = (n, i);
                    return null;
                }
            }

            while (parent < orders[n - 2].Count) children[++parent] = count;
        }

        return orders;
    }
}

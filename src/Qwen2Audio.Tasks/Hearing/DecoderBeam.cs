namespace Qwen2Audio.Tasks.Hearing;

/// <summary>Beam search with the decoder alone: the texts with the largest sum of log probabilities, end mark included.</summary>
internal sealed class DecoderBeam(PrefixCache cache, int width, int most, int endToken, IReadOnlySet<int> barred)
{
    /// <summary>The likeliest text found; the likeliest unfinished one when none ended within the limit.</summary>
    public DecodedText Search(HeardPiece piece, string task)
    {
        var (hidden, prefix) = cache.Fill(piece, task, width, most);
        List<Hypothesis> active = [new([], 0, 0, cache.LogProbabilities(hidden, 0))];
        DecodedText? ended = null;
        for (var length = 0; active.Count > 0; length++)
        {
            var extensions = active.SelectMany(Extensions).OrderByDescending(next => next.Log).Take(width).ToList();
            foreach (var next in extensions.Where(next => next.Token == endToken))
                if (ended is null || next.Log > ended.LogProbability) ended = new DecodedText(next.From.Ids, next.Log, Ended: true);
            extensions.RemoveAll(next => next.Token == endToken || next.Log <= (ended?.LogProbability ?? double.NegativeInfinity));
            if (length == most) return ended ?? new DecodedText(active[0].Ids, active[0].Log, Ended: false);
            active = Advance(extensions, prefix);
        }

        return ended ?? new DecodedText([], 0, Ended: false);
    }

    private IEnumerable<Extension> Extensions(Hypothesis from)
    {
        var best = new PriorityQueue<int, float>();
        for (var token = 0; token < from.Next.Length; token++)
        {
            if (barred.Contains(token)) continue;
            best.Enqueue(token, from.Next[token]);
            if (best.Count > width) best.Dequeue();
        }

        return best.UnorderedItems.Select(item => new Extension(from, item.Element, from.Log + item.Priority))
            .OrderByDescending(next => next.Log).ThenBy(next => next.Token);
    }

    /// <summary>
    /// Runs the new tokens. The best extension of a hypothesis stays in its slot and needs one row; others move to free slots, where
    /// their whole text is run.
    /// </summary>
    private List<Hypothesis> Advance(List<Extension> extensions, int prefix)
    {
        if (extensions.Count == 0) return [];
        var slots = new int[extensions.Count];
        var taken = new bool[width];
        var stays = new bool[extensions.Count];
        for (var i = 0; i < slots.Length; i++)
        {
            slots[i] = extensions[i].From.Slot;
            stays[i] = !taken[slots[i]];
            taken[slots[i]] = true;
        }

        for (var i = 0; i < slots.Length; i++)
        {
            if (stays[i]) continue;
            slots[i] = Array.IndexOf(taken, false);
            taken[slots[i]] = true;
        }

        int[][] texts = [.. extensions.Select((next, i) => stays[i] ? [next.Token] : (int[])[.. next.From.Ids, next.Token])];
        int[] positions = [.. extensions.Select((next, i) => prefix + (stays[i] ? next.From.Ids.Length : 0))];
        var hidden = cache.Continue(texts, positions, slots);
        var active = new List<Hypothesis>();
        for (int i = 0, row = -1; i < slots.Length; i++)
        {
            row += texts[i].Length;
            active.Add(new Hypothesis([.. extensions[i].From.Ids, extensions[i].Token], extensions[i].Log, slots[i], cache.LogProbabilities(hidden, row)));
        }

        return active;
    }

    /// <summary>An unfinished text, its slot, and the log probabilities of what follows.</summary>
    private sealed record Hypothesis(int[] Ids, double Log, int Slot, float[] Next);

    private sealed record Extension(Hypothesis From, int Token, double Log);
}

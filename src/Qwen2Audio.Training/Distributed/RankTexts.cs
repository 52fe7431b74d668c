namespace Qwen2Audio.Training.Distributed;

/// <summary>Gathers texts of all ranks, most of them empty.</summary>
internal static class RankTexts
{
    /// <summary>The text of each rank, on all ranks, in rank order. All ranks must call it.</summary>
    public static IReadOnlyList<string> Gather(IRanks ranks, string mine)
    {
        if (ranks.Count == 1) return [mine];
        var bytes = Encoding.UTF8.GetBytes(mine);
        var lengths = new double[ranks.Count];
        lengths[ranks.Rank] = bytes.Length;
        ranks.Sum(lengths);
        var all = new double[(int)lengths.Sum()];
        if (all.Length == 0) return [.. lengths.Select(_ => "")];
        // each rank adds its text to its own range of zeros
        var at = (int)lengths.Take(ranks.Rank).Sum();
        foreach (var value in bytes) all[at++] = value;
        ranks.Sum(all);
        var texts = new string[ranks.Count];
        at = 0;
        for (var rank = 0; rank < texts.Length; at += (int)lengths[rank++])
            texts[rank] = Encoding.UTF8.GetString(Array.ConvertAll(all[at..(at + (int)lengths[rank])], value => (byte)value));
        return texts;
    }
}

namespace Qwen2Audio.Checkpoints;

/// <summary>An output head tied to the token embedding (tie_word_embeddings), by the names of both in checkpoints.</summary>
/// <param name="Head">The name that a separate head would have.</param>
/// <param name="Table">The embedding's name.</param>
public sealed record TiedHead(string Head, string Table)
{
    private static readonly (string Table, string Head)[] Names =
        [("model.decoder.embed_tokens.weight", "proj_out.weight"), ("model.embed_tokens.weight", "lm_head.weight")];

    /// <summary>The tied head of a model with these weights; null if its head is a separate weight.</summary>
    public static TiedHead? Of(IEnumerable<string> weights)
    {
        var known = weights.ToHashSet(StringComparer.Ordinal);
        foreach (var (table, head) in Names)
        {
            if (known.FirstOrDefault(name => name == table || name.EndsWith("." + table, StringComparison.Ordinal)) is not { } found) continue;
            var tied = new TiedHead(found[..^table.Length] + head, found);
            return known.Contains(tied.Head) ? null : tied;
        }

        return null;
    }
}

namespace Qwen2Audio.Formats.Checkpoints;

/// <summary>Detects tensors that seem missing only because their names have another prefix, as when a model was saved from within another module.</summary>
/// <param name="Found">The prefix that the names have; may be empty.</param>
/// <param name="Wanted">The prefix that they should have; may be empty.</param>
/// <param name="Count">Number of names that this explains.</param>
/// <param name="Example">One of the names found.</param>
internal sealed record PrefixDifference(string Found, string Wanted, int Count, string Example)
{
    private const int Tried = 64;

    /// <summary>The difference that explains at least half of the missing names; null if there is none.</summary>
    public static PrefixDifference? Find(IReadOnlyCollection<string> missing, IReadOnlyCollection<string> extra)
    {
        if (missing.Count == 0 || extra.Count == 0) return null;
        var there = extra.ToHashSet(StringComparer.Ordinal);
        PrefixDifference? best = null;
        var one = missing.First();
        var ending = one[(one.LastIndexOf('.', Math.Max(0, one.LastIndexOf('.') - 1)) + 1)..];
        foreach (var other in extra.Where(name => name.EndsWith(ending, StringComparison.Ordinal)).Take(Tried))
        {
            var (wanted, found) = Prefixes(one, other);
            var count = missing.Count(name => name.StartsWith(wanted, StringComparison.Ordinal) && there.Contains(found + name[wanted.Length..]));
            if (count > (best?.Count ?? 0)) best = new PrefixDifference(found, wanted, count, other);
        }

        return best?.Count * 2 >= missing.Count ? best : null;
    }

    /// <summary>Whether the difference explains a missing name.</summary>
    public bool ExplainsMissing(string name, Predicate<string> isThere) =>
        name.StartsWith(Wanted, StringComparison.Ordinal) && isThere(Found + name[Wanted.Length..]);

    /// <summary>Whether the difference explains an extra name.</summary>
    public bool ExplainsExtra(string name, Predicate<string> isWanted) =>
        name.StartsWith(Found, StringComparison.Ordinal) && isWanted(Wanted + name[Found.Length..]);

    // what comes before the parts that both end with
    private static (string, string) Prefixes(string a, string b)
    {
        string[] one = a.Split('.'), other = b.Split('.');
        var same = 0;
        while (same < Math.Min(one.Length, other.Length) && one[^(same + 1)] == other[^(same + 1)]) same++;
        return (Begin(one), Begin(other));

        string Begin(string[] parts) => string.Concat(parts[..^same].Select(part => part + "."));
    }
}

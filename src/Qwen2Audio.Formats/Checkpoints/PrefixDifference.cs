namespace Qwen2Audio.Formats.Checkpoints;

/// <summary>Tells whether tensors are missing only because their names begin otherwise: saved from within another module, or wrapped in one.</summary>
/// <param name="Found">What the names that are there begin with; may be empty.</param>
/// <param name="Wanted">What they should begin with; may be empty.</param>
/// <param name="Count">Names that this explains.</param>
/// <param name="Example">One that is there.</param>
internal sealed record PrefixDifference(string Found, string Wanted, int Count, string Example)
{
    private const int Tried = 64;

    /// <summary>The difference that explains at least half of the missing names; null when none does.</summary>
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

    /// <summary>Whether the difference explains that a name is missing.</summary>
    public bool ExplainsMissing(string name, Predicate<string> isThere) =>
        name.StartsWith(Wanted, StringComparison.Ordinal) && isThere(Found + name[Wanted.Length..]);

    /// <summary>Whether the difference explains that a name is there.</summary>
    public bool ExplainsExtra(string name, Predicate<string> isWanted) =>
        name.StartsWith(Found, StringComparison.Ordinal) && isWanted(Wanted + name[Found.Length..]);

    // what is before the parts that both end with
    private static (string, string) Prefixes(string a, string b)
    {
        string[] one = a.Split('.'), other = b.Split('.');
        var same = 0;
        while (same < Math.Min(one.Length, other.Length) && one[^(same + 1)] == other[^(same + 1)]) same++;
        return (Begin(one), Begin(other));

        string Begin(string[] parts) => string.Concat(parts[..^same].Select(part => part + "."));
    }
}

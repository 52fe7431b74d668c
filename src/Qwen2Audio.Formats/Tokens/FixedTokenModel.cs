namespace Qwen2Audio.Formats.Tokens;

/// <summary>Probabilities that do not depend on previous tokens. Several writers and readers may share one.</summary>
internal sealed class FixedTokenModel : ITokenModel
{
    private readonly uint[][] _cumulative;

    private FixedTokenModel(ModelIdentity identity, uint[][] cumulative) => (Identity, _cumulative) = (identity, cumulative);

    public ModelIdentity Identity { get; }

    /// <summary>Every entry of every codebook has the same probability.</summary>
    public static FixedTokenModel Uniform(int codebooks, int entries)
    {
        uint[] even = [.. Enumerable.Range(0, entries + 1).Select(entry => (uint)((ulong)entry * TokenFormat.FrequencySum / (uint)entries))];
        return new(UniformIdentity, [.. Enumerable.Repeat(even, codebooks)]);
    }

    /// <summary>The identity of <see cref="Uniform"/>.</summary>
    public static ModelIdentity UniformIdentity { get; } = new("uniform", "", "");

    /// <summary>
    /// Frequencies from counts n. Each entry gets 1, plus its share (2n + 1) / Σ(2n + 1) of the remaining sum, rounded down; what rounding leaves goes
    /// to the first of the most frequent entries. So entries that never occurred can be coded too.
    /// </summary>
    public static FixedTokenModel Of(ModelIdentity identity, IReadOnlyList<long[]> counts) => new(identity, [.. counts.Select(Cumulative)]);

    public bool Fits(int codebooks, int entries) => codebooks <= _cumulative.Length && _cumulative[0].Length == entries + 1;

    public void Reset()
    {
    }

    public ReadOnlySpan<uint> Cumulative(int codebook) => _cumulative[codebook];

    public void Add(int code)
    {
    }

    private static uint[] Cumulative(long[] counts)
    {
        var sum = (UInt128)0;
        foreach (var count in counts) sum += Weight(count);
        var shared = TokenFormat.FrequencySum - (uint)counts.Length;
        var frequencies = Array.ConvertAll(counts, count => 1 + (uint)(Weight(count) * shared / sum));
        var rest = TokenFormat.FrequencySum - (uint)frequencies.Sum(frequency => (long)frequency);
        frequencies[Array.IndexOf(counts, counts.Max())] += rest;
        var cumulative = new uint[counts.Length + 1];
        for (var i = 0; i < counts.Length; i++) cumulative[i + 1] = cumulative[i] + frequencies[i];
        return cumulative;
    }

    private static UInt128 Weight(long count) => 2 * (UInt128)count + 1;
}

namespace Qwen2Audio.Tasks.Routing;

/// <summary>How often each expert of each sparse layer was chosen.</summary>
public sealed class RouterUse
{
    private readonly long[][] _counts;

    internal RouterUse(IReadOnlyList<int> layers, int experts, int perRow) =>
        (Layers, ExpertsPerRow, _counts) = (layers, perRow, [.. layers.Select(_ => new long[experts])]);

    /// <summary>Indices of the sparse layers.</summary>
    public IReadOnlyList<int> Layers { get; }

    /// <summary>Experts that a row chooses in each layer.</summary>
    public int ExpertsPerRow { get; }

    /// <summary>Rows that the decoder computed: the sum of a layer's counts is this times <see cref="ExpertsPerRow"/>.</summary>
    public long Rows => _counts.Length == 0 ? 0 : _counts[0].Sum() / ExpertsPerRow;

    /// <summary>The counts of a sparse layer's experts, by its place in <see cref="Layers"/>.</summary>
    public IReadOnlyList<long> Counts(int place) => _counts[place];

    /// <summary>Adds other counts of the same model.</summary>
    public void Add(RouterUse other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (var layer = 0; layer < _counts.Length; layer++)
            for (var e = 0; e < _counts[layer].Length; e++) _counts[layer][e] += other._counts[layer][e];
    }

    /// <summary>Counts of zero for the same model.</summary>
    public RouterUse Empty() => new(Layers, _counts.Length == 0 ? 0 : _counts[0].Length, ExpertsPerRow);

    internal void Add(int place, int expert) => _counts[place][expert]++;
}

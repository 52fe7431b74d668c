using Qwen2Audio.Training.Losses;

namespace Qwen2Audio.Training.LanguageModel;

/// <summary>
/// A sequence of its own: nothing in it sees another document, positions count from 0. Labels stand at the place of their token:
/// <see cref="CrossEntropyLoss.LeftOut"/> there says that the token is not learnt. The first one never is, since nothing predicts it.
/// </summary>
internal sealed class TokenDocument
{
    /// <summary>Checks the lengths.</summary>
    /// <exception cref="ArgumentException">They differ, or a weight is negative or not finite.</exception>
    public TokenDocument(IReadOnlyList<int> ids, IReadOnlyList<int> labels, IReadOnlyList<float>? weights = null)
    {
        if (labels.Count != ids.Count || (weights is not null && weights.Count != ids.Count))
            throw new ArgumentException($"{ids.Count} tokens, {labels.Count} labels, {weights?.Count ?? ids.Count} weights.", nameof(labels));
        if (weights?.FirstOrDefault(weight => !(weight >= 0 && float.IsFinite(weight))) is { } wrong and not 0)
            throw new ArgumentException($"A weight is {wrong}; allowed are numbers from 0 on.", nameof(weights));
        (Ids, Labels, Weights) = (ids as int[] ?? [.. ids], labels as int[] ?? [.. labels], weights);
    }

    /// <summary>The tokens; each audio placeholder stands for one row of audio.</summary>
    public int[] Ids { get; }

    /// <summary>What is to be predicted at each place, or left out.</summary>
    public int[] Labels { get; }

    /// <summary>A weight for each label; null: all 1.</summary>
    public IReadOnlyList<float>? Weights { get; }

    /// <summary>The clips in the order of their places: mono, 16 kHz.</summary>
    public IReadOnlyList<float[]> Clips { get; init; } = [];

    /// <summary>How many placeholders each clip has.</summary>
    public IReadOnlyList<int> ClipRows { get; init; } = [];

    /// <summary>A text of which every token is learnt.</summary>
    public static TokenDocument Plain(IReadOnlyList<int> ids) => new(ids, ids);
}

using Qwen2Audio.Training.Losses;

namespace Qwen2Audio.Training.LanguageModel;

/// <summary>
/// An independent sequence: its tokens attend to no other document, and positions start at 0. Labels are aligned with their tokens:
/// <see cref="CrossEntropyLoss.LeftOut"/> marks a token without loss. The first token never has a loss, since no row predicts it.
/// </summary>
internal sealed class TokenDocument
{
    /// <summary>Checks the lengths.</summary>
    /// <exception cref="ArgumentException">The lengths differ, or a weight is negative or not finite.</exception>
    public TokenDocument(IReadOnlyList<int> ids, IReadOnlyList<int> labels, IReadOnlyList<float>? weights = null)
    {
        if (labels.Count != ids.Count || (weights is not null && weights.Count != ids.Count))
            throw new ArgumentException($"{ids.Count} tokens, {labels.Count} labels, {weights?.Count ?? ids.Count} weights.", nameof(labels));
        if (weights?.FirstOrDefault(weight => !(weight >= 0 && float.IsFinite(weight))) is { } wrong and not 0)
            throw new ArgumentException($"A weight is {wrong}; allowed: finite numbers from 0.", nameof(weights));
        (Ids, Labels, Weights) = (ids as int[] ?? [.. ids], labels as int[] ?? [.. labels], weights);
    }

    /// <summary>The tokens; each audio placeholder stands for one row of audio.</summary>
    public int[] Ids { get; }

    /// <summary>The token to predict at each position, or <see cref="CrossEntropyLoss.LeftOut"/>.</summary>
    public int[] Labels { get; }

    /// <summary>A weight for each label; null: all 1.</summary>
    public IReadOnlyList<float>? Weights { get; }

    /// <summary>The clips in the order of their places: mono, 16 kHz.</summary>
    public IReadOnlyList<float[]> Clips { get; init; } = [];

    /// <summary>Number of placeholders of each clip.</summary>
    public IReadOnlyList<int> ClipRows { get; init; } = [];

    /// <summary>A text with a loss on every token.</summary>
    public static TokenDocument Plain(IReadOnlyList<int> ids) => new(ids, ids);
}

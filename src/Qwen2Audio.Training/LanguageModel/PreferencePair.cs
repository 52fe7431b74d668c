using Qwen2Audio.Training.Losses;

namespace Qwen2Audio.Training.LanguageModel;

/// <summary>Two answers to one prompt, the prompt within both and left out of their labels.</summary>
/// <param name="chosen">The better answer.</param>
/// <param name="rejected">The other.</param>
internal sealed class PreferencePair(TokenDocument chosen, TokenDocument rejected)
{
    /// <summary>The better answer.</summary>
    public TokenDocument Chosen { get; } = chosen;

    /// <summary>The other.</summary>
    public TokenDocument Rejected { get; } = rejected;

    /// <summary>What the reference says, which never changes: computed at the first use and kept.</summary>
    public PairLogProbabilities? Reference { get; set; }

    /// <summary>All chosen answers, then all rejected ones, as one batch.</summary>
    internal static TokenBatch Pack(IReadOnlyList<PreferencePair> pairs) =>
        TokenBatch.Pack([.. pairs.Select(pair => pair.Chosen), .. pairs.Select(pair => pair.Rejected)]);
}

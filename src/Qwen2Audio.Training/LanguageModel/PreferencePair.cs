namespace Qwen2Audio.Training.LanguageModel;

/// <summary>Two answers to one prompt, the prompt within both and left out of their labels.</summary>
/// <param name="Number">Which pair of all it is.</param>
/// <param name="Chosen">The better answer.</param>
/// <param name="Rejected">The other.</param>
internal sealed record PreferencePair(int Number, TokenDocument Chosen, TokenDocument Rejected)
{
    /// <summary>All chosen answers, then all rejected ones, as one batch.</summary>
    public static TokenBatch Pack(IReadOnlyList<PreferencePair> pairs) =>
        TokenBatch.Pack([.. pairs.Select(pair => pair.Chosen), .. pairs.Select(pair => pair.Rejected)]);
}

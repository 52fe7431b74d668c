namespace Qwen2Audio.Training.LanguageModel;

/// <summary>Two answers to one prompt. Both documents include the prompt, without labels for it.</summary>
/// <param name="Number">Index of the pair in the data.</param>
/// <param name="Chosen">The preferred answer.</param>
/// <param name="Rejected">The other answer.</param>
internal sealed record PreferencePair(int Number, TokenDocument Chosen, TokenDocument Rejected)
{
    /// <summary>Packs all chosen answers, followed by all rejected ones, into one batch.</summary>
    public static TokenBatch Pack(IReadOnlyList<PreferencePair> pairs) =>
        TokenBatch.Pack([.. pairs.Select(pair => pair.Chosen), .. pairs.Select(pair => pair.Rejected)]);
}

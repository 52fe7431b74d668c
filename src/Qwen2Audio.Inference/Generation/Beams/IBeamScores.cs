namespace Qwen2Audio.Inference.Generation.Beams;

/// <summary>Turns logits into the log probabilities that a beam search sums.</summary>
internal interface IBeamScores
{
    /// <summary>
    /// Turns the logits [vocabulary] after <paramref name="ids"/> into log probabilities, −∞ for tokens that are not allowed. The first
    /// <paramref name="promptLength"/> ids are the prompt. False when a logit is not finite.
    /// </summary>
    bool Apply(Span<float> logits, ReadOnlySpan<int> ids, int promptLength);
}

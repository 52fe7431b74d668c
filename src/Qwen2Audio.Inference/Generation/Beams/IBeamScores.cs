namespace Qwen2Audio.Inference.Generation.Beams;

/// <summary>What a beam's next tokens count, from their logits.</summary>
internal interface IBeamScores
{
    /// <summary>
    /// Logits [vocabulary] of what follows <paramref name="ids"/>, of which the first <paramref name="promptLength"/> are the prompt's,
    /// become log probabilities, −∞ for tokens that may not follow. False when a logit is no finite number.
    /// </summary>
    bool Apply(Span<float> logits, ReadOnlySpan<int> ids, int promptLength);
}

namespace Qwen2Audio.Inference.Generation;

/// <summary>The tokens generated for one sequence.</summary>
/// <param name="Tokens">The new tokens, without the end token.</param>
/// <param name="LogProbabilities">
/// Natural log probability of each token. Greedy decoding and sampling: among the tokens that the logits processors allow, before
/// temperature, top-k, top-p and min-p. Beam search: over the whole vocabulary.
/// </param>
/// <param name="EndToken">The end token that ended it; null when it ended for another reason.</param>
/// <param name="EndLogProbability">Log probability of the end token; 0 without one.</param>
/// <param name="Ended">Why it ended.</param>
/// <param name="Score">Σ log probability / tokens ^ <see cref="GenerationOptions.LengthPenalty"/>, including the end token.</param>
public sealed record GeneratedSequence(
    IReadOnlyList<int> Tokens, IReadOnlyList<float> LogProbabilities, int? EndToken, float EndLogProbability, FinishReason Ended, double Score);

/// <summary>A token of a running generation.</summary>
/// <param name="Sequence">The sequence's number in the batch.</param>
/// <param name="Token">The token.</param>
/// <param name="LogProbability">As in <see cref="GeneratedSequence.LogProbabilities"/>.</param>
/// <param name="Ended">Why the sequence ends with this token; <see cref="FinishReason.EndToken"/> for an end token.</param>
public readonly record struct GeneratedToken(int Sequence, int Token, float LogProbability, FinishReason Ended);

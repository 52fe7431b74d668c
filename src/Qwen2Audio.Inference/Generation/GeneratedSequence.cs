namespace Qwen2Audio.Inference.Generation;

/// <summary>What was made for one sequence.</summary>
/// <param name="Tokens">The new tokens, without the end token.</param>
/// <param name="LogProbabilities">
/// Natural logarithm of the probability of each token: greedily and when sampling, over all tokens that the rules allow (before
/// temperature, top-k, top-p and min-p); of a beam search, over the whole vocabulary.
/// </param>
/// <param name="EndToken">The end token that ended it; null when something else did.</param>
/// <param name="EndLogProbability">That of the end token; 0 without one.</param>
/// <param name="Ended">Why it ended.</param>
/// <param name="Score">Σ log probability / tokens ^ <see cref="GenerationOptions.LengthPenalty"/>, end token counted.</param>
public sealed record GeneratedSequence(
    IReadOnlyList<int> Tokens, IReadOnlyList<float> LogProbabilities, int? EndToken, float EndLogProbability, EndReason Ended, double Score);

/// <summary>A token as it comes.</summary>
/// <param name="Sequence">The sequence's number in the batch.</param>
/// <param name="Token">The token.</param>
/// <param name="LogProbability">As in <see cref="GeneratedSequence.LogProbabilities"/>.</param>
/// <param name="Ended">Why the sequence ends with it; <see cref="EndReason.EndToken"/> when it is an end token.</param>
public readonly record struct GeneratedToken(int Sequence, int Token, float LogProbability, EndReason Ended);

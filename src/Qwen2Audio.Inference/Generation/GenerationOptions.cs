namespace Qwen2Audio.Inference;

/// <summary>When decoding stops, and what it may choose.</summary>
public sealed record GenerationOptions
{
    /// <summary>Tokens that are made at most for each sequence.</summary>
    public required int MaxNewTokens { get; init; }

    /// <summary>Tokens that end a sequence.</summary>
    public IReadOnlyList<int> EndTokens { get; init; } = [];

    /// <summary>Tokens that are never chosen.</summary>
    public IReadOnlyList<int> SuppressedTokens { get; init; } = [];
}

/// <summary>What was made for one sequence.</summary>
/// <param name="Tokens">The new tokens, without the end token.</param>
/// <param name="LogProbabilities">Natural logarithm of the probability of each token (over all tokens that are not suppressed).</param>
/// <param name="EndToken">The end token that ended it; null when <see cref="GenerationOptions.MaxNewTokens"/> did.</param>
/// <param name="EndLogProbability">That of the end token; 0 without one.</param>
public sealed record GeneratedSequence(
    IReadOnlyList<int> Tokens, IReadOnlyList<float> LogProbabilities, int? EndToken, float EndLogProbability);

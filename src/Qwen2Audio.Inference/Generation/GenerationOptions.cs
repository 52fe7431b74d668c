namespace Qwen2Audio.Inference.Generation;

/// <summary>
/// When decoding stops, what it may choose, and how it chooses: greedily, by sampling (<see cref="Sample"/>) or with
/// <see cref="Beams"/>. The settings mean what transformers' generate means by the same names, and apply in its order; a setting that
/// is left alone is off. <see cref="Check"/> refuses what is out of range.
/// </summary>
public sealed partial record GenerationOptions
{
    /// <summary>Tokens that are made at most for each sequence, the end token counted.</summary>
    public required int MaxNewTokens { get; init; }

    /// <summary>Minimum number of new tokens before an end token may be chosen.</summary>
    public int MinNewTokens { get; init; }

    /// <summary>Tokens that end a sequence.</summary>
    public IReadOnlyList<int> EndTokens { get; init; } = [];

    /// <summary>Tokens that are never chosen.</summary>
    public IReadOnlyList<int> SuppressedTokens { get; init; } = [];

    /// <summary>Tokens that are not chosen first.</summary>
    public IReadOnlyList<int> BeginSuppressedTokens { get; init; } = [];

    /// <summary>Runs of tokens that are never completed; one that is exactly an end token is ignored.</summary>
    public IReadOnlyList<IReadOnlyList<int>> BadWords { get; init; } = [];

    /// <summary>
    /// Logits of tokens that occur in the prompt or in what was made are divided by this (multiplied below 0); 1 is off.
    /// </summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>No n-gram of this length, prompt included, occurs twice; 0 is off.</summary>
    public int NoRepeatNgramSize { get; init; }

    /// <summary>
    /// Ids from this one on are never chosen: published embeddings have more rows than the tokenizer has entries. All are in use
    /// when it is null.
    /// </summary>
    public int? VocabularyInUse { get; init; }

    /// <summary>Draws tokens at random; otherwise the four settings below have no effect and the most probable one is taken.</summary>
    public bool Sample { get; init; }

    /// <summary>Of the draws: sequence i's token at step s depends on this, i and s only.</summary>
    public ulong Seed { get; init; }

    /// <summary>Logits are divided by this.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Top-k: keeps this many of the largest logits, and those equal to the last of them; 0 is off.</summary>
    public int TopK { get; init; }

    /// <summary>Only the most probable tokens that have this much of the probability together stay; 1 is off.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Only tokens with at least this share of the largest probability stay; 0 is off.</summary>
    public double MinP { get; init; }

    /// <summary>Continuations that are followed at the same time; 1 is greedy decoding (or sampling).</summary>
    public int Beams { get; init; } = 1;

    /// <summary>Beams are compared by Σ log probability / tokens ^ this, end token counted.</summary>
    public double LengthPenalty { get; init; } = 1;

    /// <summary>When a beam search ends.</summary>
    public EarlyStopping EarlyStopping { get; init; }

    /// <summary>True when choosing needs to know the ids of the prompt.</summary>
    internal bool ReadsPrompt => RepetitionPenalty != 1 || NoRepeatNgramSize > 0 || BadWords.Any(word => word.Count > 1);
}

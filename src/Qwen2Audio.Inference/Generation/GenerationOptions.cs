using Qwen2Audio.Checkpoints;

namespace Qwen2Audio.Inference.Generation;

/// <summary>
/// When decoding stops, which tokens are allowed, and how they are chosen: greedily, by sampling (<see cref="Sample"/>) or by
/// beam search (<see cref="Beams"/>). Settings have the meaning and order of transformers' generate; by default they are
/// off. <see cref="Check"/> rejects values out of range.
/// </summary>
public sealed partial record GenerationOptions
{
    /// <summary>Maximum number of tokens for each sequence, including the end token.</summary>
    public required int MaxNewTokens { get; init; }

    /// <summary>Number of tokens before which no end token is chosen.</summary>
    public int MinNewTokens { get; init; }

    /// <summary>Tokens that end a sequence.</summary>
    public IReadOnlyList<int> EndTokens { get; init; } = [];

    /// <summary>Tokens that are never chosen.</summary>
    public IReadOnlyList<int> SuppressedTokens { get; init; } = [];

    /// <summary>Tokens that are not chosen as the first token.</summary>
    public IReadOnlyList<int> BeginSuppressedTokens { get; init; } = [];

    /// <summary>Token sequences that are never completed. A sequence that is exactly one end token is ignored.</summary>
    public IReadOnlyList<IReadOnlyList<int>> BadWords { get; init; } = [];

    /// <summary>
    /// Divides positive logits, and multiplies negative ones, of tokens that occur in the prompt or the generated text; 1 is off.
    /// </summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>No n-gram of this length occurs twice, prompt included; 0 is off.</summary>
    public int NoRepeatNgramSize { get; init; }

    /// <summary>
    /// Number of ids that the tokenizer has; higher ids are never chosen, since published embeddings have unused rows. Null: all ids are
    /// in use.
    /// </summary>
    public int? VocabularyInUse { get; init; }

    /// <summary>Whether tokens are sampled. If not, the most probable one is taken and the four settings below are ignored.</summary>
    public bool Sample { get; init; }

    /// <summary>Sampling seed. The token of sequence i at step s depends on the seed, i and s only.</summary>
    public ulong Seed { get; init; }

    /// <summary>Logits are divided by this.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Top-k: keeps the k largest logits and any that equal the last of them; 0 is off.</summary>
    public int TopK { get; init; }

    /// <summary>Top-p: keeps the most probable tokens whose probabilities sum to p; 1 is off.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Min-p: keeps tokens with at least this fraction of the largest probability; 0 is off.</summary>
    public double MinP { get; init; }

    /// <summary>Beam width; 1 is greedy decoding (or sampling).</summary>
    public int Beams { get; init; } = 1;

    /// <summary>Exponent of the length in a beam's score: Σ log probability / tokens ^ penalty, including the end token.</summary>
    public double LengthPenalty { get; init; } = 1;

    /// <summary>When a beam search ends.</summary>
    public EarlyStopping EarlyStopping { get; init; }

    /// <summary>Whether the logits processors need the ids of the prompt.</summary>
    internal bool ReadsPrompt => RepetitionPenalty != 1 || NoRepeatNgramSize > 0 || BadWords.Any(word => word.Count > 1);
}

namespace Qwen2Audio.Training.NGrams;

/// <summary>Settings of <see cref="NGramTrainer"/>.</summary>
public sealed record NGramOptions
{
    /// <summary>The longest n-grams in words. Their ids must fit into 64 bits: trigrams of 2 million words, 7-grams of 512.</summary>
    public int Order { get; init; } = 3;

    /// <summary>Vocabulary size. The most frequent words are kept; all others count as unknown.</summary>
    public int Vocabulary { get; init; } = 65_000;

    /// <summary>Maximum size of the file in bytes, reached by pruning; null: no pruning.</summary>
    public long? MaxBytes { get; init; }
}

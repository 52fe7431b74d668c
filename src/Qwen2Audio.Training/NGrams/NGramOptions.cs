namespace Qwen2Audio.Training.NGrams;

/// <summary>Settings of <see cref="NGramTrainer"/>.</summary>
public sealed record NGramOptions
{
    /// <summary>Longest n-grams, 1 to 3 words.</summary>
    public int Order { get; init; } = 3;

    /// <summary>The most frequent words; all others are one unknown word.</summary>
    public int Vocabulary { get; init; } = 65_000;

    /// <summary>Size of the file in bytes, by pruning; null: nothing is pruned.</summary>
    public long? MaxBytes { get; init; }
}

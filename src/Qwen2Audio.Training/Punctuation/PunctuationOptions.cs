namespace Qwen2Audio.Training.Punctuation;

/// <summary>Settings of <see cref="PunctuationTrainer"/>.</summary>
public sealed record PunctuationOptions
{
    /// <summary>Maximum size of the file in bytes, reached by rounding the weights.</summary>
    public long MaxBytes { get; init; } = 1 << 20;

    /// <summary>How often the text is gone through.</summary>
    public int Epochs { get; init; } = 2;

    /// <summary>The first step of a weight, in nats; later steps are smaller the more often it was changed (AdaGrad: Duchi, Hazan and Singer 2011).</summary>
    public double LearningRate { get; init; } = 0.1;

    /// <summary>How often a feature must have been seen where the model was unsure before it is learnt.</summary>
    public int LeastOccurrences { get; init; } = 8;

    /// <summary>How often a word must have a capital for its capitals to be learnt.</summary>
    public int LeastCapitals { get; init; } = 5;
}

namespace Qwen2Audio.Checkpoints;

/// <summary>
/// What a checkpoint's generation_config.json asks for, in the published names. Temperature, top-k, top-p and min-p are those of the
/// file (or the reference's defaults) where <see cref="DoSample"/> is false too; they count when sampling is asked for.
/// </summary>
public sealed record GenerationConfig
{
    /// <summary>Tokens at most; null when the file does not say.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Tokens at most, prompt included; null when the file does not say.</summary>
    public int? MaxLength { get; init; }

    /// <summary>Minimum number of new tokens before an end token may be chosen.</summary>
    public int MinNewTokens { get; init; }

    /// <summary>eos_token_id: one or several.</summary>
    public IReadOnlyList<int> EndTokens { get; init; } = [];

    /// <summary>pad_token_id.</summary>
    public int? PadToken { get; init; }

    /// <summary>bos_token_id.</summary>
    public int? BeginToken { get; init; }

    /// <summary>Draws at random; otherwise greedy, or with beams.</summary>
    public bool DoSample { get; init; }

    /// <summary>Divides the logits; 0 only where <see cref="DoSample"/> is false.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Largest logits that stay; 0 is off. The reference's default for sampling is 50.</summary>
    public int TopK { get; init; }

    /// <summary>Probability of the tokens that stay; 1 is off; 0 only where <see cref="DoSample"/> is false.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Share of the largest probability that a token needs; 0 is off.</summary>
    public double MinP { get; init; }

    /// <summary>Of tokens that occurred; 1 is off.</summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>No n-gram of this length occurs twice; 0 is off.</summary>
    public int NoRepeatNgramSize { get; init; }

    /// <summary>bad_words_ids.</summary>
    public IReadOnlyList<IReadOnlyList<int>> BadWords { get; init; } = [];

    /// <summary>Tokens that are never chosen.</summary>
    public IReadOnlyList<int> SuppressTokens { get; init; } = [];

    /// <summary>Tokens that are not chosen first.</summary>
    public IReadOnlyList<int> BeginSuppressTokens { get; init; } = [];

    /// <summary>Beams.</summary>
    public int NumBeams { get; init; } = 1;

    /// <summary>The exponent of the length.</summary>
    public double LengthPenalty { get; init; } = 1;

    /// <summary>early_stopping.</summary>
    public BeamEnding EarlyStopping { get; init; }

    /// <summary>Texts that end a sequence.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <summary>Settings that are odd and change nothing.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>JSON paths of fields that were not read: they do not change which tokens come.</summary>
    public IReadOnlyList<string> Ignored { get; init; } = [];
}

/// <summary><c>early_stopping</c>: false, true or "never".</summary>
public enum BeamEnding
{
    /// <summary>false: when the running beams are unlikely to improve the finished ones.</summary>
    WhenUnlikely,

    /// <summary>true: when as many have finished as there are beams.</summary>
    WhenFull,

    /// <summary>"never": when no improvement is possible.</summary>
    Never,
}

namespace Qwen2Audio.Checkpoints;

/// <summary>
/// The settings of a checkpoint's generation_config.json, with the published names. Temperature, top-k, top-p and min-p have the file's values
/// (or the reference's defaults) even if <see cref="DoSample"/> is false; they are used when the caller requests sampling.
/// </summary>
public sealed record GenerationConfig
{
    /// <summary>Maximum new tokens; null if the file does not say.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Maximum tokens including the prompt; null if the file does not say.</summary>
    public int? MaxLength { get; init; }

    /// <summary>New tokens before an end token may be chosen.</summary>
    public int MinNewTokens { get; init; }

    /// <summary>eos_token_id: one or more.</summary>
    public IReadOnlyList<int> EndTokens { get; init; } = [];

    /// <summary>pad_token_id.</summary>
    public int? PadToken { get; init; }

    /// <summary>bos_token_id.</summary>
    public int? BeginToken { get; init; }

    /// <summary>Whether to sample; otherwise greedy or beam search.</summary>
    public bool DoSample { get; init; }

    /// <summary>Divides the logits; 0 only where <see cref="DoSample"/> is false.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Number of largest logits to keep; 0: off. The reference's default for sampling is 50.</summary>
    public int TopK { get; init; }

    /// <summary>Total probability of the tokens to keep; 1: off; 0 only if <see cref="DoSample"/> is false.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Minimum share of the largest probability that a token needs; 0: off.</summary>
    public double MinP { get; init; }

    /// <summary>Penalty on tokens that have already occurred; 1: off.</summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>No n-gram of this length may occur twice; 0: off.</summary>
    public int NoRepeatNgramSize { get; init; }

    /// <summary>bad_words_ids.</summary>
    public IReadOnlyList<IReadOnlyList<int>> BadWords { get; init; } = [];

    /// <summary>Tokens that are never chosen.</summary>
    public IReadOnlyList<int> SuppressTokens { get; init; } = [];

    /// <summary>Tokens that are not chosen as the first one.</summary>
    public IReadOnlyList<int> BeginSuppressTokens { get; init; } = [];

    /// <summary>Beam width.</summary>
    public int NumBeams { get; init; } = 1;

    /// <summary>Exponent of the length in beam scores.</summary>
    public double LengthPenalty { get; init; } = 1;

    /// <summary>early_stopping.</summary>
    public EarlyStopping EarlyStopping { get; init; }

    /// <summary>Strings that end a sequence.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <summary>Warnings about settings that have no effect.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>JSON paths of unused fields, which do not change the chosen tokens.</summary>
    public IReadOnlyList<string> Ignored { get; init; } = [];
}

/// <summary>When a beam search ends before its last step; <c>early_stopping</c> of generation_config.json.</summary>
public enum EarlyStopping
{
    /// <summary>Stop when the best running beam, ended now, would not be among the best finished ones (<c>false</c>).</summary>
    WhenUnlikely,

    /// <summary>Stop once the number of finished beams equals the beam width (<c>true</c>).</summary>
    WhenFull,

    /// <summary>Stop only when no running beam, at any length, can still be among the best finished ones (<c>"never"</c>).</summary>
    Never,
}

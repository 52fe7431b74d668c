namespace Qwen2Audio.Checkpoints;

/// <summary>The decoding settings of a Whisper folder's generation_config.json, with the published names. Ids are below the vocabulary size.</summary>
public sealed record WhisperGenerationConfig
{
    /// <summary>The token that every sequence begins with; null: see config.json.</summary>
    public int? DecoderStartTokenId { get; init; }

    /// <summary>Tokens that end a text; empty when the file names none.</summary>
    public IReadOnlyList<int> EosTokenId { get; init; } = [];

    /// <summary>Tokens that are never chosen.</summary>
    public IReadOnlyList<int> SuppressTokens { get; init; } = [];

    /// <summary>Tokens that are not chosen as the first one.</summary>
    public IReadOnlyList<int> BeginSuppressTokens { get; init; } = [];

    /// <summary>The token for text without timestamps; the timestamps' ids follow it.</summary>
    public int? NoTimestampsTokenId { get; init; }

    /// <summary>Largest first timestamp, in steps; null: any.</summary>
    public int? MaxInitialTimestampIndex { get; init; }

    /// <summary>Language code ("en") → id; empty in an English-only model.</summary>
    public IReadOnlyDictionary<string, int> LangToId { get; init; } = new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>"transcribe", "translate" → id.</summary>
    public IReadOnlyDictionary<string, int> TaskToId { get; init; } = new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>False in an English-only model; null: the file does not say.</summary>
    public bool? IsMultilingual { get; init; }

    /// <summary>Cross-attention heads that follow the audio, for word times; empty if the file names none.</summary>
    public IReadOnlyList<(int Layer, int Head)> AlignmentHeads { get; init; } = [];

    /// <summary>The token that begins preceding text.</summary>
    public int? PrevSotTokenId { get; init; }

    /// <summary>Maximum tokens of a sequence including its prefix; null: limited by the model's positions.</summary>
    public int? MaxLength { get; init; }

    /// <summary>num_beams: beam width.</summary>
    public int NumBeams { get; init; } = 1;

    /// <summary>length_penalty: exponent of the length in beam scores.</summary>
    public double LengthPenalty { get; init; } = 1;

    /// <summary>early_stopping.</summary>
    public EarlyStopping EarlyStopping { get; init; }

    /// <summary>Maximum tokens of a text without its prefix; null if the file does not say.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>language: the code, name or token of the spoken language; null if the file does not say.</summary>
    public string? Language { get; init; }

    /// <summary>task: "transcribe" or "translate"; null: the file does not say.</summary>
    public string? Task { get; init; }

    /// <summary>forced_decoder_ids: tokens by position after the start token; null: the model chooses.</summary>
    public IReadOnlyList<(int Position, int? Token)> ForcedDecoderIds { get; init; } = [];

    /// <summary>JSON paths of unused fields; empty if the fields are read from config.json, which has many others.</summary>
    public IReadOnlyList<string> Ignored { get; init; } = [];
}

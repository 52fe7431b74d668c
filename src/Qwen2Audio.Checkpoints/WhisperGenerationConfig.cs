namespace Qwen2Audio.Checkpoints;

/// <summary>What a Whisper folder's generation_config.json says about decoding, in the published names. Ids are below the vocabulary's size.</summary>
public sealed record WhisperGenerationConfig
{
    /// <summary>The token that every sequence begins with; null: config.json says.</summary>
    public int? DecoderStartTokenId { get; init; }

    /// <summary>Tokens that end a text; empty when the file names none.</summary>
    public IReadOnlyList<int> EosTokenId { get; init; } = [];

    /// <summary>Tokens that are never chosen.</summary>
    public IReadOnlyList<int> SuppressTokens { get; init; } = [];

    /// <summary>Tokens that are not chosen first.</summary>
    public IReadOnlyList<int> BeginSuppressTokens { get; init; } = [];

    /// <summary>The token that asks for text without timestamps; the timestamps' ids follow it.</summary>
    public int? NoTimestampsTokenId { get; init; }

    /// <summary>Largest first timestamp, in steps; null: any.</summary>
    public int? MaxInitialTimestampIndex { get; init; }

    /// <summary>Language code ("en") → id; empty in an English-only model.</summary>
    public IReadOnlyDictionary<string, int> LangToId { get; init; } = new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>"transcribe", "translate" → id.</summary>
    public IReadOnlyDictionary<string, int> TaskToId { get; init; } = new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>False in an English-only model; null: the file does not say.</summary>
    public bool? IsMultilingual { get; init; }

    /// <summary>Cross-attention heads that follow the audio, for word times; empty: the file names none.</summary>
    public IReadOnlyList<(int Layer, int Head)> AlignmentHeads { get; init; } = [];

    /// <summary>The token that earlier text begins with.</summary>
    public int? PrevSotTokenId { get; init; }

    /// <summary>Most tokens of a sequence, prefix included; null: as many as the model has positions for.</summary>
    public int? MaxLength { get; init; }

    /// <summary>num_beams: texts that are followed at the same time.</summary>
    public int NumBeams { get; init; } = 1;

    /// <summary>length_penalty: the exponent of the length by which beams are compared.</summary>
    public double LengthPenalty { get; init; } = 1;

    /// <summary>early_stopping.</summary>
    public BeamEnding EarlyStopping { get; init; }

    /// <summary>Most tokens of a text, its prefix left out; null: the file does not say.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>language: the code, name or token of the language that is spoken; null: the file does not say.</summary>
    public string? Language { get; init; }

    /// <summary>task: "transcribe" or "translate"; null: the file does not say.</summary>
    public string? Task { get; init; }

    /// <summary>forced_decoder_ids: tokens by their position after the start token, by position; null: the model chooses.</summary>
    public IReadOnlyList<(int Position, int? Token)> ForcedDecoderIds { get; init; } = [];

    /// <summary>JSON paths of fields that were not read; empty where the fields are those of config.json, which has many others.</summary>
    public IReadOnlyList<string> Ignored { get; init; } = [];
}

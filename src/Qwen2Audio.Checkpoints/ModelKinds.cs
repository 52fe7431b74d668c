namespace Qwen2Audio.Checkpoints;

/// <summary>The supported values of model_type in config.json.</summary>
public static class ModelKinds
{
    public const string Qwen2 = "qwen2";
    public const string Qwen2Moe = "qwen2_moe";
    public const string Qwen2Audio = "qwen2_audio";

    public const string Whisper = "whisper";

    /// <summary>Our small models: the Qwen2-Audio architecture with CTC heads on the encoder.</summary>
    public const string Qwen2AudioCtc = "qwen2_audio_ctc";

    /// <summary>Our codec that runs once per frame; its folders are not language or speech models.</summary>
    public const string FrameCodec = "frame_codec";

    public const string Encodec = "encodec";
    public const string Dac = "dac";
    public const string Mimi = "mimi";

    /// <summary>The published codecs.</summary>
    public static IReadOnlyList<string> PublishedCodecs { get; } = [Encodec, Dac, Mimi];

    /// <summary>All codecs: ours and the published ones.</summary>
    public static IReadOnlyList<string> Codecs { get; } = [FrameCodec, .. PublishedCodecs];

    /// <summary>Models that process audio or text.</summary>
    public static IReadOnlyList<string> All { get; } = [Qwen2, Qwen2Moe, Qwen2Audio, Qwen2AudioCtc, Whisper];
}

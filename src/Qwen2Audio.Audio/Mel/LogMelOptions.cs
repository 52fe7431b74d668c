namespace Qwen2Audio.Audio.Mel;

/// <summary>What <see cref="LogMel"/> computes.</summary>
public sealed record LogMelOptions
{
    /// <summary>Samples of 30 s at 16 kHz, the length that Whisper's encoder takes.</summary>
    public const int WhisperSamples = 480_000;

    /// <summary>Mel bins: 80 or 128 for Whisper's encoders, any number up to 512.</summary>
    public int Bins { get; init; } = 80;

    /// <summary>
    /// Samples that the clip is padded to with zeros; it must not be longer. Null: no padding, one frame for each 160 samples begun.
    /// </summary>
    public int? PadTo { get; init; } = WhisperSamples;

    /// <summary>What the values are.</summary>
    public LogMelScale Scale { get; init; } = LogMelScale.Whisper;
}

/// <summary>Scales of mel values.</summary>
public enum LogMelScale
{
    /// <summary>Log10 of the power, not below 8 decades under the clip's largest, then (x + 4) / 4.</summary>
    Whisper,

    /// <summary>Log10 of the power, not below −10.</summary>
    Log10,
}

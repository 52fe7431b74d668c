namespace Qwen2Audio.Audio.Mel;

/// <summary>Options of <see cref="LogMel"/>.</summary>
public sealed record LogMelOptions
{
    /// <summary>Samples of 30 s at 16 kHz, the input length of Whisper's encoder.</summary>
    public const int WhisperSamples = 480_000;

    /// <summary>Mel bins: 80 or 128 for Whisper's encoders, any number up to 512.</summary>
    public int Bins { get; init; } = 80;

    /// <summary>
    /// Zero-pads the clip to this many samples; the clip must not be longer. Null: no padding, ceil(samples / 160) frames.
    /// </summary>
    public int? PadTo { get; init; } = WhisperSamples;

    /// <summary>The scale of the values.</summary>
    internal LogMelScale Scale { get; init; } = LogMelScale.Whisper;
}

/// <summary>Scales of mel values.</summary>
internal enum LogMelScale
{
    /// <summary>Log10 of the power, limited to 8 decades below the clip's largest, then (x + 4) / 4.</summary>
    Whisper,

    /// <summary>Log10 of the power, at least −10.</summary>
    Log10,
}

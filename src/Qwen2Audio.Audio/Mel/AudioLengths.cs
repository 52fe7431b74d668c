namespace Qwen2Audio.Audio.Mel;

/// <summary>How many frames and positions a 16 kHz clip takes in Qwen2-Audio's encoder.</summary>
public static class AudioLengths
{
    /// <summary>Samples between frames.</summary>
    public const int Hop = 160;

    /// <summary>Mel frames of the clip itself: min(3000, ceil(samples / 160)).</summary>
    public static int MaskFrames(long samples)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(samples);
        return (int)Math.Min(LogMelOptions.WhisperSamples / Hop, (samples + Hop - 1) / Hop);
    }

    /// <summary>Frames after the encoder's convolution of stride 2.</summary>
    public static int EncoderFrames(int maskFrames) => FloorHalf(maskFrames - 1) + 1;

    /// <summary>Positions after averaging pairs, as seen by the language model. 0 for 1 or 2 mel frames.</summary>
    public static int AudioTokens(int encoderFrames) => FloorHalf(encoderFrames - 2) + 1;

    /// <summary>Positions in the language model for a 16 kHz clip of this many samples.</summary>
    public static int AudioTokensOf(long samples) => AudioTokens(EncoderFrames(MaskFrames(samples)));

    private static int FloorHalf(int value) => value >> 1;
}

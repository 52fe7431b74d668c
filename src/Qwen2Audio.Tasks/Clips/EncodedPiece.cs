using Qwen2Audio.Tasks.Ctc;

namespace Qwen2Audio.Tasks.Clips;

/// <summary>A stretch of audio after the encoder, which runs once for all uses.</summary>
internal sealed class EncodedPiece
{
    /// <summary>Start in seconds within the audio.</summary>
    public required double Start { get; init; }

    /// <summary>Duration in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Level over time.</summary>
    public required SoundLevels Levels { get; init; }

    /// <summary>CTC log probabilities of the encoder's rows.</summary>
    public required CtcPosteriors Ctc { get; init; }

    /// <summary>Log probabilities of the phones in the same rows; null if the model has no phone head.</summary>
    public CtcPosteriors? Phones { get; init; }

    /// <summary>Seconds per encoder row.</summary>
    public required double RowSeconds { get; init; }

    /// <summary>Seconds of padding (at the features' floor) before the audio.</summary>
    public required double Padding { get; init; }

    /// <summary>Rows of the decoder's width, [AudioRows, width].</summary>
    public required float[] Audio { get; init; }

    /// <summary>Number of rows in <see cref="Audio"/>.</summary>
    public required int AudioRows { get; init; }

    /// <summary>P(speech), once it has been computed.</summary>
    public double? Speech { get; set; }

    /// <summary>Start of an encoder row, in seconds within the piece.</summary>
    public double RowStart(int row) => Math.Clamp(row * RowSeconds - Padding, 0, Seconds);
}

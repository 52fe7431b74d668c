using Qwen2Audio.Tasks.Ctc;

namespace Qwen2Audio.Tasks.Clips;

/// <summary>A stretch of audio after the encoder, which runs once for it whatever is asked afterwards.</summary>
internal sealed class EncodedPiece
{
    /// <summary>Seconds from the beginning of the audio.</summary>
    public required double Start { get; init; }

    /// <summary>Duration in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Level over time.</summary>
    public required SoundLevels Levels { get; init; }

    /// <summary>CTC log probabilities of the encoder's rows.</summary>
    public required CtcPosteriors Ctc { get; init; }

    /// <summary>Seconds that an encoder row covers.</summary>
    public required double RowSeconds { get; init; }

    /// <summary>Seconds of floor that were put in front of the audio.</summary>
    public required double Padding { get; init; }

    /// <summary>Rows in the decoder's width, [AudioRows, width].</summary>
    public required float[] Audio { get; init; }

    /// <summary>Number of rows in <see cref="Audio"/>.</summary>
    public required int AudioRows { get; init; }

    /// <summary>Seconds from the piece's beginning at which an encoder row begins.</summary>
    public double RowStart(int row) => Math.Clamp(row * RowSeconds - Padding, 0, Seconds);
}

namespace Qwen2Audio.Tasks.Hearing;

/// <summary>Audio that has been prepared, split and encoded: everything that is needed to answer questions about it.</summary>
internal sealed class HeardAudio
{
    /// <summary>Duration in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>The pieces that are long enough to be heard and not silent.</summary>
    public required IReadOnlyList<HeardPiece> Pieces { get; init; }

    /// <summary>What was done to the audio.</summary>
    public required IReadOnlyList<TaskWarning> Warnings { get; init; }

    /// <summary>Time that this took, in seconds.</summary>
    public required double SecondsTaken { get; init; }
}

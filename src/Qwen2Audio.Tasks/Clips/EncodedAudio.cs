using System.Diagnostics;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Clips;

/// <summary>Audio that has been prepared and split: everything that is needed to answer questions about it.</summary>
internal sealed class EncodedAudio
{
    /// <summary>Duration in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>
    /// The pieces that are long enough for the model and not silent. Each is encoded when it is reached, so that no more than one of a long
    /// recording is held: go through them once, or take <see cref="Kept"/>.
    /// </summary>
    public required IEnumerable<EncodedPiece> Pieces { get; init; }

    /// <summary>What was done to the audio; complete when all pieces were gone through.</summary>
    public required IReadOnlyList<TaskWarning> Warnings { get; init; }

    /// <summary>Time that this took, in seconds; that of encoding not counted, unless the pieces are kept.</summary>
    public required double SecondsTaken { get; init; }

    /// <summary>The same with all pieces encoded and held, to be gone through several times.</summary>
    public EncodedAudio Kept()
    {
        var began = Stopwatch.GetTimestamp();
        var pieces = Pieces.ToList();
        return new EncodedAudio { Seconds = Seconds, Pieces = pieces, Warnings = Warnings, SecondsTaken = SecondsTaken + Stopwatch.GetElapsedTime(began).TotalSeconds };
    }
}

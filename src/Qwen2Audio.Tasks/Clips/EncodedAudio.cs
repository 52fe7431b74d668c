using System.Diagnostics;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Clips;

/// <summary>Audio that has been prepared, split and encoded, ready for the decoder.</summary>
internal sealed class EncodedAudio
{
    /// <summary>Duration in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>
    /// The pieces that are neither silent nor too short. Each is encoded when it is enumerated, so that only one piece of a long
    /// recording is in memory: enumerate once, or use <see cref="Kept"/>.
    /// </summary>
    public required IEnumerable<EncodedPiece> Pieces { get; init; }

    /// <summary>Changes made to the audio; complete after all pieces were enumerated.</summary>
    public required IReadOnlyList<TaskWarning> Warnings { get; init; }

    /// <summary>Preparation time in seconds; includes encoding only if the pieces are kept.</summary>
    public required double SecondsTaken { get; init; }

    /// <summary>A copy with all pieces encoded and kept in memory, for repeated enumeration.</summary>
    public EncodedAudio Kept()
    {
        var began = Stopwatch.GetTimestamp();
        var pieces = Pieces.ToList();
        return new EncodedAudio { Seconds = Seconds, Pieces = pieces, Warnings = Warnings, SecondsTaken = SecondsTaken + Stopwatch.GetElapsedTime(began).TotalSeconds };
    }
}

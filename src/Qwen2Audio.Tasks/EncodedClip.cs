using System.Diagnostics;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Recognition;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks;

/// <summary>
/// A clip after the encoder of a small model (<see cref="SpeechModel.Encode"/>). <see cref="Transcriber"/> and <see cref="Classifier"/> take
/// it any number of times, with any options. It keeps the encoder's output for the whole clip in memory.
/// </summary>
public sealed class EncodedClip
{
    private readonly ISpeechNetwork _model;

    internal EncodedClip(ISpeechNetwork model, double seconds, IEnumerable<EncodedPiece> pieces, IReadOnlyList<TaskWarning> warnings, double secondsTaken) =>
        (_model, Seconds, Pieces, Warnings, SecondsTaken) = (model, seconds, pieces, warnings, secondsTaken);

    /// <summary>Duration of the clip in seconds.</summary>
    public double Seconds { get; }

    /// <summary>Changes made to the audio, and why it has nothing to encode (silence, too short). Results from this clip have them too.</summary>
    public IReadOnlyList<TaskWarning> Warnings { get; }

    /// <summary>Time to prepare and encode the clip, in seconds; included in the time of results.</summary>
    public double SecondsTaken { get; }

    /// <summary>
    /// The pieces that are neither silent nor too short. Without <see cref="Kept"/> each is encoded when it is enumerated, so that only one
    /// piece of a long recording is in memory, and the warnings are complete at the end: enumerate once.
    /// </summary>
    internal IEnumerable<EncodedPiece> Pieces { get; }

    /// <summary>A copy with all pieces encoded and kept in memory.</summary>
    internal EncodedClip Kept()
    {
        var began = Stopwatch.GetTimestamp();
        var pieces = Pieces.ToList();
        return new EncodedClip(_model, Seconds, pieces, Warnings, SecondsTaken + Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    /// <summary>Checks that the clip belongs to a model.</summary>
    /// <exception cref="ArgumentException">Another model encoded it.</exception>
    internal void Require(ISpeechNetwork model)
    {
        if (model != _model) throw new ArgumentException("The clip was encoded by another model; allowed: clips that this model encoded.");
    }
}

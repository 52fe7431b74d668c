using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks;

/// <summary>Consecutive frames of a sound as tokens: a piece of a stream, or a chunk of a codec with chunks.</summary>
/// <param name="Codes">[frames, codebooks].</param>
/// <param name="Codebooks">Codes per frame.</param>
/// <param name="Scale">Factor of the decoded samples.</param>
public sealed record TokenPiece(IReadOnlyList<int> Codes, int Codebooks, float Scale)
{
    /// <summary>Number of frames.</summary>
    public int Frames => Codes.Count / Codebooks;

    /// <summary>Length of the whole sound in samples of a channel; in the last piece of a stream only.</summary>
    public long? Samples { get; init; }

    /// <summary>What was changed about the whole sound; in the last piece of a stream only.</summary>
    public IReadOnlyList<TaskWarning> Warnings { get; init; } = [];
}

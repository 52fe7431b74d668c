using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks;

/// <summary>Consecutive frames as tokens: a piece of a stream, or a chunk of a codec with chunks.</summary>
/// <param name="Codes">[frames, codebooks].</param>
/// <param name="Codebooks">Codes per frame.</param>
/// <param name="Scale">Factor applied to the decoded samples.</param>
public sealed record TokenPiece(IReadOnlyList<int> Codes, int Codebooks, float Scale)
{
    /// <summary>Number of frames.</summary>
    public int Frames => Codes.Count / Codebooks;

    /// <summary>Length of the whole audio in samples per channel; only in the last piece of a stream.</summary>
    public long? Samples { get; init; }

    /// <summary>Changes made to the whole audio; only in the last piece of a stream.</summary>
    public IReadOnlyList<TaskWarning> Warnings { get; init; } = [];
}

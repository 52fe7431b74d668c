using Qwen2Audio.Training.Losses;

namespace Qwen2Audio.Training.Data;

/// <summary>A sequence to train on, with audio in place.</summary>
/// <param name="Ids">Tokens; each audio placeholder stands for one row of audio.</param>
/// <param name="Labels">For each token itself, or <see cref="CrossEntropyLoss.LeftOut"/> where it is not to be learned (not shifted).</param>
/// <param name="Clips">The clips in the order of their places: mono, 16 kHz.</param>
/// <param name="ClipRows">How many placeholders each clip has.</param>
public sealed record TokenSequence(int[] Ids, int[] Labels, IReadOnlyList<float[]> Clips, IReadOnlyList<int> ClipRows)
{
    /// <summary>A sequence without audio; every token is learned.</summary>
    public static TokenSequence OfText(int[] ids) => new(ids, ids, [], []);
}

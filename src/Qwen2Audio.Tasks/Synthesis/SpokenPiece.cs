using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Synthesis;

/// <summary>A piece of spoken text.</summary>
/// <param name="Samples">Mono samples; none if the sentence has nothing that can be spoken.</param>
/// <param name="Warnings">With the first piece of a sentence: what of it was not spoken or was spelled. Without words in the whole text there is one at the end.</param>
public readonly record struct SpokenPiece(float[] Samples, IReadOnlyList<TaskWarning> Warnings);

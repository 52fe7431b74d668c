using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Text.FrontEnd;

namespace Qwen2Audio.Tasks.Synthesis;

/// <summary>A piece of spoken text.</summary>
/// <param name="Samples">Mono samples; none if the sentence has nothing that can be spoken.</param>
/// <param name="Codes">The codes of the frames that were made for this piece, [frames, <see cref="Synthesizer.Codebooks"/>]. The codec waits with the samples of the last frames until the next piece.</param>
/// <param name="Sentence">With the first piece of a sentence: the sentence, with its place in the text, and what of it was not spoken or was spelled, with places.</param>
/// <param name="Warnings">The same as text, with the number of the character in the whole text. If nothing of the whole text can be spoken, there is a last piece that says so, without a sentence.</param>
public readonly record struct SpokenPiece(float[] Samples, IReadOnlyList<int> Codes, SpokenSentence? Sentence, IReadOnlyList<TaskWarning> Warnings);

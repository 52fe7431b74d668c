using Qwen2Audio.Inference.Generation;

namespace Qwen2Audio.Tasks.Generation;

/// <summary>The text generated for one prompt.</summary>
/// <param name="Text">The text, without the stop string and the end token.</param>
/// <param name="Ended">Why it ended; <see cref="FinishReason.Stopped"/> by a stop string.</param>
/// <param name="StopString">The stop string that ended it; null when it ended for another reason.</param>
/// <param name="Tokens">The tokens, including those of the stop string.</param>
internal sealed record GeneratedText(string Text, FinishReason Ended, string? StopString, GeneratedSequence Tokens);

/// <summary>A piece of streamed text.</summary>
/// <param name="Sequence">The prompt's number in the batch.</param>
/// <param name="Text">The next characters for this prompt, at least one.</param>
internal readonly record struct TextPiece(int Sequence, string Text);

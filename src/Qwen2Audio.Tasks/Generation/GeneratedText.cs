using Qwen2Audio.Inference.Generation;

namespace Qwen2Audio.Tasks.Generation;

/// <summary>What was generated for one prompt.</summary>
/// <param name="Text">The text, without the stop string and the end token.</param>
/// <param name="Ended">Why it ended; <see cref="EndReason.Stopped"/> by a stop string.</param>
/// <param name="StopString">The stop string that ended it; null when something else did.</param>
/// <param name="Tokens">The tokens, those of the stop string among them.</param>
public sealed record GeneratedText(string Text, EndReason Ended, string? StopString, GeneratedSequence Tokens);

/// <summary>Text as it comes.</summary>
/// <param name="Sequence">The prompt's number in the batch.</param>
/// <param name="Text">At least one character that follows what came before for this prompt.</param>
public readonly record struct TextPiece(int Sequence, string Text);

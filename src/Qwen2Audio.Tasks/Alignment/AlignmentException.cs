namespace Qwen2Audio.Tasks.Alignment;

/// <summary>A text that cannot be aligned with audio: a word without a pronunciation, no words, or too little sound for them; names what was found and what is allowed.</summary>
public sealed class AlignmentException(string message) : ArgumentException(message);

namespace Qwen2Audio.Tasks.Synthesis;

/// <summary>A text that cannot be spoken: a word without a pronunciation, a character that is not allowed, or no words; names what was found and what is allowed.</summary>
public sealed class SpokenTextException(string message) : ArgumentException(message);

namespace Qwen2Audio.Tasks;

/// <summary>A choice that the model at hand does not offer, such as a language; names the choice, what was found and what is allowed.</summary>
public sealed class OptionException(string message) : ArgumentException(message);

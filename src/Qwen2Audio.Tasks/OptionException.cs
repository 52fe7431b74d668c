namespace Qwen2Audio.Tasks;

/// <summary>An option that the model does not support, such as a language; names the option, its value and the allowed values.</summary>
public sealed class OptionException(string message) : ArgumentException(message);

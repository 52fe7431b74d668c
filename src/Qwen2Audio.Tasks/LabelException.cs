namespace Qwen2Audio.Tasks;

/// <summary>Invalid labels: none at all, an empty or repeated one, or one that is too long for the model.</summary>
public sealed class LabelException(string message) : ArgumentException(message);

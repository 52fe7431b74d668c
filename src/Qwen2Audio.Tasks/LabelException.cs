namespace Qwen2Audio.Tasks;

/// <summary>Labels that cannot be chosen from: none, an empty one, one twice, or one that is too long for the model.</summary>
public sealed class LabelException(string message) : ArgumentException(message);

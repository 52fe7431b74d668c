namespace Qwen2Audio.Training.Distributed;

/// <summary>Ranks cannot work together, or a library that they need is missing.</summary>
public sealed class RanksException(string message) : Exception(message);

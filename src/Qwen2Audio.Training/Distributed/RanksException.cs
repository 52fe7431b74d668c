namespace Qwen2Audio.Training.Distributed;

/// <summary>Ranks that cannot work together, or a library that is needed for it and is not there.</summary>
public sealed class RanksException(string message) : Exception(message);

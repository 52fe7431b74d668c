namespace Qwen2Audio.Training.Runs;

/// <summary>What a step trains on.</summary>
/// <param name="Tokens">Rows of the language model.</param>
/// <param name="SecondsOfAudio">Audio in it.</param>
/// <param name="Samples">Names of its samples, to find those that made a step fail.</param>
public sealed record StepData(long Tokens, double SecondsOfAudio, IReadOnlyList<string> Samples);

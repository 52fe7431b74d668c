namespace Qwen2Audio.Training.Runs;

/// <summary>The data of a step.</summary>
/// <param name="Tokens">Rows of the language model.</param>
/// <param name="SecondsOfAudio">Duration of its audio.</param>
/// <param name="Samples">Names of its samples, for finding those that made a step fail.</param>
public sealed record StepData(long Tokens, double SecondsOfAudio, IReadOnlyList<string> Samples);

using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>A recognised word, with times in seconds of the whole audio.</summary>
/// <param name="Text">The word.</param>
/// <param name="Start">Its start.</param>
/// <param name="End">Its end.</param>
/// <param name="Evidence">What it is judged by.</param>
internal readonly record struct RecognisedWord(string Text, double Start, double End, WordEvidence Evidence);

using Qwen2Audio.Formats.Alignments;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Alignment;

/// <summary>The words of a text with their times in a clip.</summary>
/// <param name="Words">The words in order, with their phones; between them and at the ends is silence.</param>
/// <param name="Seconds">Duration of the clip in seconds.</param>
/// <param name="Warnings">Changes to the audio, words that it does not seem to say, and where it says something that the text lacks.</param>
public sealed record TextAlignment(IReadOnlyList<AlignedWord> Words, double Seconds, IReadOnlyList<TaskWarning> Warnings);

namespace Qwen2Audio.Text.FrontEnd;

/// <summary>A word of a normalised sentence.</summary>
/// <param name="Text">Letters a–z in lower case, and apostrophes.</param>
/// <param name="IsLetter">Whether it is the name of a letter, perhaps with an ending: "b", "b's".</param>
/// <param name="Start">Where in the sentence the text begins that it was read from.</param>
/// <param name="Length">Length of that text.</param>
/// <param name="Break">The pause after it.</param>
internal readonly record struct NormalWord(string Text, bool IsLetter, int Start, int Length, PhraseBreak Break);

/// <summary>A sentence in words.</summary>
/// <param name="Source">The sentence as it was written.</param>
/// <param name="Words">The words.</param>
/// <param name="Warnings">What was not spoken.</param>
internal sealed record NormalSentence(SourceSentence Source, IReadOnlyList<NormalWord> Words, List<TextWarning> Warnings);

using Qwen2Audio.Checkpoints.Punctuation;

namespace Qwen2Audio.Training.Punctuation;

/// <summary>A word of a punctuated text.</summary>
/// <param name="Word">As it is heard: small letters and apostrophes; empty: it cannot be told from the text (digits, é).</param>
/// <param name="Written">As it is printed.</param>
/// <param name="After">The mark after it; null: something that is none of the marks, such as a dash.</param>
/// <param name="ShowsForm">Whether it would be printed like this within a sentence: nothing precedes it that makes capitals, such as a full stop or a quotation mark.</param>
public readonly record struct PunctuatedWord(string Word, string Written, Mark? After, bool ShowsForm);

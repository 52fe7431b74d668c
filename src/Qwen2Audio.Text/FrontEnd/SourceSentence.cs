namespace Qwen2Audio.Text.FrontEnd;

/// <summary>A sentence as it was written.</summary>
/// <param name="Text">The text.</param>
/// <param name="Start">Its place in the source, in UTF-16 units.</param>
/// <param name="Break">The pause after it.</param>
/// <param name="Ending">How it ends.</param>
internal readonly record struct SourceSentence(string Text, long Start, PhraseBreak Break, SentenceEnding Ending);

namespace Qwen2Audio.Text;

/// <summary>
/// Splits a text into the pieces within which symbols are merged; appends them in order to <paramref name="pieces"/>. Every character
/// belongs to exactly one piece.
/// </summary>
internal delegate void Pretokenizer(ReadOnlySpan<char> text, List<Range> pieces);

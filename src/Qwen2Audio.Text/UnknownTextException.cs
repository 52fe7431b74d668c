namespace Qwen2Audio.Text;

/// <summary>A text contains a character that the vocabulary has no token for.</summary>
public sealed class UnknownTextException : Exception
{
    /// <summary>The character at <paramref name="position"/> (UTF-16 index) of <paramref name="text"/> has no token.</summary>
    public UnknownTextException(string text, int position, string found)
        : base($"Character {found} at position {position} of \"{Shorten(text)}\" has no token in this vocabulary.") =>
        Position = position;

    /// <summary>UTF-16 index of the character.</summary>
    public int Position { get; }

    private static string Shorten(string text) => text.Length <= 60 ? text : text[..60] + "…";
}

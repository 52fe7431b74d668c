namespace Qwen2Audio.Formats.Tokens;

/// <summary>A token file is damaged, truncated, of another version, or from another model. Names the file, the place, what was found and what is allowed.</summary>
public sealed class TokenFileException : BadFileException
{
    /// <summary>One problem.</summary>
    public TokenFileException(string file, string place, string found, string allowed, Exception? inner = null)
        : base(file, [new Problem(place, found, allowed)], 1, inner)
    {
    }
}

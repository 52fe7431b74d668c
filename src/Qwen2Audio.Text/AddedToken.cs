namespace Qwen2Audio.Text;

/// <summary>A token that is looked for in a text before the text is cut and merged, with the settings that published files give it.</summary>
/// <param name="Content">Its text.</param>
/// <param name="Id">Its id.</param>
public sealed record AddedToken(string Content, int Id)
{
    /// <summary>
    /// Whether it is a control token: decoding leaves it out, and a text that only looks like it stays text unless the caller asks for
    /// control tokens. A token that is not special is found in every text and always decoded.
    /// </summary>
    public bool Special { get; init; }

    /// <summary>Whether it is looked for in the normalised text, in its own normalised form, after those that are not.</summary>
    public bool Normalized { get; init; }

    /// <summary>Whether it takes the white space before it with it.</summary>
    public bool LeftStrip { get; init; }

    /// <summary>Whether it takes the white space after it with it.</summary>
    public bool RightStrip { get; init; }

    /// <summary>Whether it counts only where no letter, digit, mark or connector stands directly before or after it.</summary>
    public bool SingleWord { get; init; }

    /// <summary>A control token without further settings.</summary>
    public static AddedToken Control(string content, int id) => new(content, id) { Special = true };

    /// <summary>Whether a name is written as control tokens are, <c>&lt;|…|&gt;</c>.</summary>
    internal static bool IsControlName(string content) =>
        content.Length > 4 && content.StartsWith("<|", StringComparison.Ordinal) && content.EndsWith("|>", StringComparison.Ordinal);
}

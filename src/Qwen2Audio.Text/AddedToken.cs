namespace Qwen2Audio.Text;

/// <summary>A token that is matched in the text before splitting and merging, with the settings of published files.</summary>
/// <param name="Content">Its text.</param>
/// <param name="Id">Its id.</param>
public sealed record AddedToken(string Content, int Id)
{
    /// <summary>
    /// Whether it is a control token. Decoding leaves control tokens out, and text that looks like one stays text unless the caller asks for
    /// control tokens. Other added tokens are matched in every text and always decoded.
    /// </summary>
    public bool Special { get; init; }

    /// <summary>Whether it is matched in the normalised text, in its own normalised form, after those that are not.</summary>
    public bool Normalized { get; init; }

    /// <summary>Whether it includes the white space before it.</summary>
    public bool LeftStrip { get; init; }

    /// <summary>Whether it includes the white space after it.</summary>
    public bool RightStrip { get; init; }

    /// <summary>Whether it is matched only if no letter, digit, mark or connector is directly before or after it.</summary>
    public bool SingleWord { get; init; }

    /// <summary>A control token without further settings.</summary>
    public static AddedToken Control(string content, int id) => new(content, id) { Special = true };

    /// <summary>Whether a name has the form of control tokens, <c>&lt;|…|&gt;</c>.</summary>
    internal static bool IsControlName(string content) =>
        content.Length > 4 && content.StartsWith("<|", StringComparison.Ordinal) && content.EndsWith("|>", StringComparison.Ordinal);
}

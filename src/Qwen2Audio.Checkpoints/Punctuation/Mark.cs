namespace Qwen2Audio.Checkpoints.Punctuation;

/// <summary>What a text has after a word.</summary>
public enum Mark
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A comma.</summary>
    Comma,

    /// <summary>A full stop.</summary>
    FullStop,

    /// <summary>A question mark.</summary>
    QuestionMark,
}

namespace Qwen2Audio.Text;

/// <summary>Limits on a tokenizer's files, checked before anything is built from them.</summary>
internal static class TokenizerLimits
{
    /// <summary>Maximum bytes of a file.</summary>
    public const int Bytes = 64 << 20;

    /// <summary>Maximum tokens, and maximum merges.</summary>
    public const int Entries = 1_000_000;

    /// <summary>Ids are below this: a hundred times the largest published vocabulary.</summary>
    public const int Ids = 1 << 24;

    /// <summary>What is allowed as an id, for messages.</summary>
    public const string IdRange = "a whole number ≥ 0 and < 16777216";

    /// <summary>Maximum levels of JSON nesting.</summary>
    public const int Depth = 32;
}

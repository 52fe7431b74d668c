namespace Qwen2Audio.Text;

/// <summary>What a tokenizer's files may hold at most; checked before anything is built from them.</summary>
internal static class TokenizerLimits
{
    /// <summary>Bytes of a file.</summary>
    public const int Bytes = 64 << 20;

    /// <summary>Tokens, and merges.</summary>
    public const int Entries = 1_000_000;

    /// <summary>Levels of JSON nesting.</summary>
    public const int Depth = 32;
}

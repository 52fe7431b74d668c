namespace Qwen2Audio.Text;

/// <summary>What a byte-level tokenizer needs beside its vocabulary.</summary>
public sealed record TokenizerOptions
{
    /// <summary>Tokens beside the vocabulary's: control tokens, and others that every text is searched for. No two may share text or id.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    /// <summary>
    /// Text is read as if a space preceded it (unless one does), and decoding leaves that space out: <c>add_prefix_space</c> of
    /// <c>tokenizer_config.json</c>.
    /// </summary>
    public bool PrefixSpace { get; init; }

    /// <summary>Whether text is brought to Unicode normalisation form C first, as Qwen2 does.</summary>
    public bool Composed { get; init; } = true;

    /// <summary>How text is cut into pieces before merging.</summary>
    public PieceSplitter Splitter { get; init; } = Qwen2Splitter.Split;
}

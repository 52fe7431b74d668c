namespace Qwen2Audio.Text;

/// <summary>Settings of a byte-level tokenizer in addition to its vocabulary.</summary>
public sealed record TokenizerOptions
{
    /// <summary>Tokens outside the vocabulary: control tokens, and others that are matched in every text. No two may share a text or an id.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    /// <summary>
    /// Text is read as if it began with a space (unless it does), and decoding drops that space: <c>add_prefix_space</c> of
    /// <c>tokenizer_config.json</c>.
    /// </summary>
    public bool PrefixSpace { get; init; }

    /// <summary>Whether text is converted to Unicode normalisation form C first, as Qwen2 does.</summary>
    public bool Composed { get; init; } = true;

    /// <summary>How text is split into pieces before merging.</summary>
    internal Pretokenizer Pretokenizer { get; init; } = Qwen2Pretokenizer.Split;
}

namespace Qwen2Audio.Text;

/// <summary>What is known about a tokenizer apart from its files.</summary>
public sealed record TokenizerLoadOptions
{
    /// <summary>
    /// Rows of the model's embedding table (<c>vocab_size</c> in config.json); a token with a larger id is refused. Null: unknown.
    /// </summary>
    public int? EmbeddingRows { get; init; }

    /// <summary>
    /// Whether the vocabulary may lack tokens for single bytes, as in our small models; encoding text with other characters then throws.
    /// </summary>
    public bool PartialAlphabet { get; init; }

    /// <summary>
    /// Whether the folder is Whisper's. Its construction is then Whisper's unless a file says otherwise; every token of the form
    /// <c>&lt;|…|&gt;</c> is a control token, one may have no text, and timestamps missing from older folders follow the last control token.
    /// Bytes may lack tokens: only prompts and labels could need them, and these are then refused.
    /// </summary>
    public bool Whisper { get; init; }
}

namespace Qwen2Audio.Text;

/// <summary>What is known about a tokenizer beside its files.</summary>
public sealed record TokenizerLoadOptions
{
    /// <summary>
    /// Rows of the model's embedding table (<c>vocab_size</c> of config.json): a token with a larger id is refused. Null: not known.
    /// </summary>
    public int? EmbeddingRows { get; init; }

    /// <summary>
    /// Whether the vocabulary may lack tokens of single bytes, as those of our small models do: text with other characters is then
    /// refused when it is encoded.
    /// </summary>
    public bool PartialAlphabet { get; init; }

    /// <summary>
    /// Whether the folder is Whisper's. Its construction is Whisper's where no file says; every token written <c>&lt;|…|&gt;</c> is a
    /// control token, one may be without text, and timestamps that older folders leave out follow the last control token. Of bytes that
    /// have no token only prompts and labels could need them, and these are refused then.
    /// </summary>
    public bool Whisper { get; init; }
}

namespace Qwen2Audio.Text;

/// <summary>What a byte-level tokenizer needs beside its vocabulary.</summary>
public sealed record TokenizerOptions
{
    /// <summary>Control tokens and their ids; they may not be in the vocabulary and no two may share an id.</summary>
    public IReadOnlyDictionary<string, int> ControlTokens { get; init; } = new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>
    /// Text is read as if a space preceded it (unless one does), and decoding leaves that space out: <c>add_prefix_space</c> of
    /// <c>tokenizer_config.json</c>.
    /// </summary>
    public bool PrefixSpace { get; init; }

    /// <summary>Text is brought to Unicode's form NFC first, as Qwen2 does; GPT-2 and Whisper take it as it stands.</summary>
    public bool Compose { get; init; } = true;

    /// <summary>How text is cut into pieces before merging.</summary>
    public PieceSplitter Splitter { get; init; } = Qwen2Splitter.Split;
}

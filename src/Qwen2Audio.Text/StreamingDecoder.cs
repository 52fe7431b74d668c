namespace Qwen2Audio.Text;

/// <summary>
/// Decodes ids one at a time. Only bytes that may still be completed to a character are held back (at most three); bytes that cannot
/// become UTF-8 are output at once, one U+FFFD per maximal part. The whole output, with <see cref="Flush"/>, is that of
/// <see cref="BytePairTokenizer.Decode"/> for all ids.
/// </summary>
public sealed class StreamingDecoder
{
    private readonly BytePairTokenizer _tokenizer;
    private readonly bool _showControls;
    private readonly Decoder _utf8 = Encoding.UTF8.GetDecoder();
    private char[] _characters = new char[64];
    private bool _atStart;

    /// <summary>Decodes ids of <paramref name="tokenizer"/>.</summary>
    /// <param name="tokenizer">The tokenizer of the ids.</param>
    /// <param name="showControls">
    /// Whether control tokens are shown as their text; otherwise they add nothing, and the bytes before and after are joined.
    /// </param>
    public StreamingDecoder(BytePairTokenizer tokenizer, bool showControls = false)
    {
        (_tokenizer, _showControls) = (tokenizer, showControls);
        _atStart = tokenizer.PrefixSpace;
    }

    /// <summary>The text that can be output after one more id; may be empty.</summary>
    /// <exception cref="ArgumentException">No token has this id.</exception>
    public string Push(int id) => Read(_tokenizer.Bytes(id, _showControls), flush: false);

    /// <summary>The rest: U+FFFD if a character was not completed. A new text can begin afterwards.</summary>
    public string Flush()
    {
        var rest = Read([], flush: true);
        _atStart = _tokenizer.PrefixSpace;
        return rest;
    }

    private string Read(ReadOnlySpan<byte> bytes, bool flush)
    {
        var most = Encoding.UTF8.GetMaxCharCount(bytes.Length + 3);
        if (_characters.Length < most) _characters = new char[most];
        var text = _characters.AsSpan(0, _utf8.GetChars(bytes, _characters, flush));
        if (_atStart && text.Length > 0)
        {
            _atStart = false;
            if (text[0] == ' ') text = text[1..];
        }

        return text.ToString();
    }
}

using System.Text;

namespace Qwen2Audio.Text;

/// <summary>
/// Text of ids as they come. Only bytes that further ones could still complete to a character are held back (three at most); what
/// cannot become UTF-8 any more goes out at once, one U+FFFD for each maximal part. All that goes out, with <see cref="Flush"/>, is what
/// <see cref="BytePairTokenizer.Decode"/> gives for all ids.
/// </summary>
public sealed class StreamingDecoder
{
    private readonly BytePairTokenizer _tokenizer;
    private readonly bool _showControls;
    private readonly Decoder _utf8 = Encoding.UTF8.GetDecoder();
    private char[] _characters = new char[64];
    private bool _atStart;

    /// <summary>Decodes ids of <paramref name="tokenizer"/>.</summary>
    /// <param name="tokenizer">Whose ids they are.</param>
    /// <param name="showControls">
    /// Whether control tokens are shown by their text; otherwise they add nothing, and bytes before and after one join.
    /// </param>
    public StreamingDecoder(BytePairTokenizer tokenizer, bool showControls = false)
    {
        (_tokenizer, _showControls) = (tokenizer, showControls);
        _atStart = tokenizer.PrefixSpace;
    }

    /// <summary>What can be handed out after one more id; often all of its text, sometimes nothing.</summary>
    /// <exception cref="ArgumentException">No token has this id.</exception>
    public string Push(int id) => Read(_tokenizer.Bytes(id, _showControls), flush: false);

    /// <summary>The rest: U+FFFD for the beginning of a character that was never completed. Afterwards a new text can begin.</summary>
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

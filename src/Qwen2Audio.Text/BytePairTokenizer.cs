using System.Buffers;

namespace Qwen2Audio.Text;

/// <summary>
/// Byte-level byte pair encoding in GPT-2's and Qwen2's form: text is split into pieces, the UTF-8 bytes of a piece become symbols, and the
/// pair of lowest rank is merged first, leftmost first. A piece of n bytes takes O(n log n). Thread-safe.
/// </summary>
public sealed class BytePairTokenizer
{
    private readonly BytePairMerger _merger;
    private readonly TokenizerOptions _options;
    private readonly Dictionary<int, byte[]> _bytes;
    private readonly Dictionary<int, (AddedToken Token, byte[] Bytes)> _added = [];
    private readonly Dictionary<string, int> _controlIds = new(StringComparer.Ordinal);
    private readonly int[] _byteIds = new int[256];
    private readonly AddedTokenSplitter _splitter;
    private readonly AddedTokenSplitter _splitterWithControls;

    /// <summary>A tokenizer for a vocabulary and its added tokens.</summary>
    /// <exception cref="ArgumentException">A token contains a character that is not a byte symbol, or an added token clashes with another token.</exception>
    public BytePairTokenizer(BytePairVocabulary vocabulary, TokenizerOptions? options = null)
    {
        _options = options ?? new TokenizerOptions();
        _bytes = new(vocabulary.Ids.Count);
        Array.Fill(_byteIds, -1);
        foreach (var (token, id) in vocabulary.Ids)
        {
            var bytes = new byte[token.Length];
            for (var i = 0; i < token.Length; i++)
                bytes[i] = ByteSymbols.ToByte(token[i]) is >= 0 and var value ? (byte)value
                    : throw new ArgumentException($"Token \"{token}\" (id {id}) contains U+{(int)token[i]:X4}, which is not a byte symbol.", nameof(vocabulary));
            _bytes.Add(id, bytes);
            if (bytes.Length == 1) _byteIds[bytes[0]] = id;
        }

        foreach (var token in _options.AddedTokens)
        {
            if (token.Content.Length == 0) throw new ArgumentException("An added token is empty.", nameof(options));
            if (_bytes.ContainsKey(token.Id) || !_added.TryAdd(token.Id, (token, Encoding.UTF8.GetBytes(token.Content))))
                throw new ArgumentException($"Added token \"{token.Content}\" has id {token.Id}, which another token has.", nameof(options));
            if (token.Special) _controlIds.Add(token.Content, token.Id);
        }

        _splitter = new AddedTokenSplitter(_options.AddedTokens.Where(token => !token.Special), _options.Composed);
        _splitterWithControls = new AddedTokenSplitter(_options.AddedTokens.OrderByDescending(token => token.Special), _options.Composed);
        _merger = new BytePairMerger(vocabulary);
        Vocabulary = vocabulary;
        Size = Math.Max(vocabulary.Size, _added.Count == 0 ? 0 : _added.Keys.Max() + 1);
    }

    /// <summary>Regular tokens and merges.</summary>
    public BytePairVocabulary Vocabulary { get; }

    /// <summary>Tokens outside the vocabulary.</summary>
    public IReadOnlyList<AddedToken> AddedTokens => _options.AddedTokens;

    /// <summary>The special added tokens: control tokens and their ids.</summary>
    public IReadOnlyDictionary<string, int> ControlTokens => _controlIds;

    /// <summary>Whether text is read as if it began with a space.</summary>
    public bool PrefixSpace => _options.PrefixSpace;

    /// <summary>One more than the largest id, added tokens included.</summary>
    public int Size { get; }

    /// <summary>Ids below a number, such as the model's embedding rows, that have no token: files may have gaps.</summary>
    public IEnumerable<int> UnusedIds(int below) =>
        Enumerable.Range(0, Math.Max(0, below)).Where(id => !_bytes.ContainsKey(id) && !_added.ContainsKey(id));

    /// <summary>Id of a control token.</summary>
    /// <exception cref="ArgumentException">There is no such control token.</exception>
    public int ControlId(string token) => ControlTokens.TryGetValue(token, out var id) ? id
        : throw new ArgumentException($"No control token \"{token}\"; the control tokens are: {string.Join(", ", ControlTokens.Keys)}.", nameof(token));

    /// <summary>
    /// Encodes a text. Added tokens are matched first, leftmost and longest first; control tokens are ordinary text unless
    /// <paramref name="recogniseControls"/> is set. The rest is converted to NFC if the tokenizer says so; an unpaired surrogate becomes
    /// U+FFFD.
    /// </summary>
    /// <exception cref="UnknownTextException">A character's bytes are not in the vocabulary.</exception>
    public int[] Encode(string text, bool recogniseControls = false)
    {
        var ids = new List<int>(text.Length / 3 + 8);
        var first = true;
        foreach (var (stretch, token) in (recogniseControls ? _splitterWithControls : _splitter).Split(text))
        {
            if (token is null) EncodeStretch(stretch, first, ids);
            else ids.Add(token.Id);
            first = false;
        }

        return [.. ids];
    }

    /// <summary>
    /// Decodes ids; each maximal part that is not UTF-8 becomes U+FFFD. Control tokens are shown as their text if
    /// <paramref name="showControls"/> is set; otherwise they are left out before the bytes are joined.
    /// </summary>
    /// <exception cref="ArgumentException">An id has no token.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool showControls = false)
    {
        var bytes = new ArrayBufferWriter<byte>(Math.Max(16, ids.Length * 4));
        foreach (var id in ids) bytes.Write(Bytes(id, showControls));
        var text = Encoding.UTF8.GetString(bytes.WrittenSpan);
        return _options.PrefixSpace && text.StartsWith(' ') ? text[1..] : text;
    }

    /// <summary>The bytes of an id: for an added token those of its text; for a control token only if <paramref name="showControls"/> is set.</summary>
    internal ReadOnlySpan<byte> Bytes(int id, bool showControls) =>
        _bytes.TryGetValue(id, out var bytes) ? bytes
        : !_added.TryGetValue(id, out var added) ? throw Unknown(id)
        : showControls || !added.Token.Special ? added.Bytes : [];

    /// <summary>A token as the vocabulary writes it: byte symbols, or an added token's text.</summary>
    public string Symbol(int id) =>
        _bytes.TryGetValue(id, out var bytes) ? string.Concat(bytes.Select(ByteSymbols.Of))
        : _added.TryGetValue(id, out var added) ? added.Token.Content : throw Unknown(id);

    private ArgumentException Unknown(int id) => new($"Id {id} has no token; ids are below {Size}.", nameof(id));

    private void EncodeStretch(string text, bool first, List<int> ids)
    {
        var padded = first && _options.PrefixSpace && text[0] != ' ';
        if (padded) text = " " + text;
        var pieces = new List<Range>();
        _options.Pretokenizer(text, pieces);
        var work = new MergeBuffers();
        foreach (var piece in pieces) EncodePiece(text, piece, padded ? 1 : 0, work, ids);
    }

    private void EncodePiece(string text, Range piece, int padding, MergeBuffers work, List<int> ids)
    {
        var (start, length) = piece.GetOffsetAndLength(text.Length);
        work.Reserve(Encoding.UTF8.GetMaxByteCount(length));
        var count = Encoding.UTF8.GetBytes(text.AsSpan(start, length), work.Bytes);
        var symbols = work.Symbols.AsSpan(0, count);
        for (var i = 0; i < count; i++)
        {
            symbols[i] = _byteIds[work.Bytes[i]];
            if (symbols[i] < 0) throw Unknown(text, start, padding, work.Bytes, i);
        }

        _merger.Merge(symbols, ids);
    }

    private UnknownTextException Unknown(string text, int start, int padding, byte[] bytes, int at)
    {
        while ((bytes[at] & 0xC0) == 0x80) at--;
        var position = start + Encoding.UTF8.GetCharCount(bytes.AsSpan(0, at));
        var found = Rune.TryGetRuneAt(text, position, out var rune) ? $"\"{rune}\" (U+{rune.Value:X4})" : $"U+{(int)text[position]:X4}";
        return new UnknownTextException(text[padding..], Math.Max(0, position - padding), found);
    }

    /// <summary>Buffers shared by the pieces of a text.</summary>
    private sealed class MergeBuffers
    {
        public byte[] Bytes { get; private set; } = new byte[256];

        public int[] Symbols { get; private set; } = new int[256];

        public void Reserve(int count)
        {
            if (Bytes.Length < count) (Bytes, Symbols) = (new byte[count], new int[count]);
        }
    }
}

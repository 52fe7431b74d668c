using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Qwen2Audio.Formats.Tokens;

/// <summary>
/// Writes a token file to a stream sequentially and with constant memory, so that the stream may be a pipe. Readers reject a file that was
/// not ended by <see cref="Finish"/> as truncated. For one caller at a time.
/// </summary>
public sealed class TokenFileWriter
{
    private readonly Stream _stream;
    private readonly ITokenModel _model;
    private readonly uint _headerChecksum;
    private readonly int _codesPerBlock;
    private readonly List<int> _pending = [];
    private readonly RangeEncoder _encoder = new();
    private readonly ITokenModel _uniform;
    private readonly RangeEncoder _plain = new();
    private readonly ArrayBufferWriter<byte> _block = new();
    private float _scale;
    private long _frames;
    private bool _finished;

    /// <summary>Writes the header.</summary>
    /// <param name="stream">The stream; it stays open.</param>
    /// <param name="header">The header; <see cref="TokenFileHeader.Probabilities"/> is replaced.</param>
    /// <param name="model">Probabilities of the codes; null: all entries are equally likely. A block that they would make longer is stored with uniform ones.</param>
    /// <exception cref="ArgumentException">A field of the header is not allowed, or the probabilities are for other codebooks.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public TokenFileWriter(Stream stream, TokenFileHeader header, ITokenModel? model = null)
    {
        foreach (var problem in header.Problems()) throw new ArgumentException($"{problem}.", nameof(header));
        _uniform = FixedTokenModel.Uniform(header.Codebooks, header.Entries);
        _model = model ?? _uniform;
        if (!_model.Fits(header.Codebooks, header.Entries)) throw new ArgumentException($"The probabilities {_model.Identity} are not for {header.Codebooks} codebooks of {header.Entries} entries.", nameof(model));
        (_stream, Header) = (stream, header with { Version = TokenFormat.Version, Probabilities = _model.Identity });
        _codesPerBlock = Math.Max(1, TokenFormat.DefaultBlockCodes / header.Codebooks) * header.Codebooks;
        var bytes = Header.ToBytes();
        _headerChecksum = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(bytes.Length - TokenFormat.ChecksumBytes));
        _stream.Write(bytes);
    }

    /// <summary>The header as written.</summary>
    public TokenFileHeader Header { get; }

    /// <summary>
    /// Adds frames. They are written when about 2000 codes are pending, and by <see cref="Flush"/> and <see cref="Finish"/>. A new scale starts a
    /// new block.
    /// </summary>
    /// <param name="codes">[frames, codebooks].</param>
    /// <param name="scale">Factor of the decoded samples; null: the header's gain.</param>
    /// <exception cref="ArgumentException">The codes are not whole frames or not entries, or the scale is not a number from 0 to 1e20.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public void Write(ReadOnlySpan<int> codes, float? scale = null)
    {
        var next = scale ?? Header.Gain;
        Check(codes, next);
        if (next != _scale) EndBlock();
        _scale = next;
        _pending.AddRange(codes);
        var at = 0;
        for (; _pending.Count - at >= _codesPerBlock; at += _codesPerBlock) Append(CollectionsMarshal.AsSpan(_pending).Slice(at, _codesPerBlock));
        _pending.RemoveRange(0, at);
    }

    /// <summary>Writes frames as one block, after the pending ones. For codecs with chunks, whose decoders need each chunk whole.</summary>
    /// <param name="codes">[frames, codebooks], at most 131,072 codes; none: no block.</param>
    /// <param name="scale">Factor of the decoded samples; null: the header's gain.</param>
    /// <exception cref="ArgumentException">As for <see cref="Write"/>, or too many codes.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public void WriteBlock(ReadOnlySpan<int> codes, float? scale = null)
    {
        Check(codes, scale ?? Header.Gain);
        if (codes.Length > TokenFormat.MaxBlockCodes) throw new ArgumentException($"{codes.Length} codes; a block has at most {TokenFormat.MaxBlockCodes}.", nameof(codes));
        EndBlock();
        _scale = scale ?? Header.Gain;
        if (codes.Length > 0) Append(codes);
    }

    /// <summary>Writes the pending frames as a block and flushes the stream, so that a reader receives them now.</summary>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public void Flush()
    {
        EndBlock();
        _stream.Flush();
    }

    /// <summary>Writes the pending frames and the end of the file, and flushes the stream. Nothing can be written afterwards.</summary>
    /// <param name="samples">Length of the audio in samples per channel.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public void Finish(long samples)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(samples);
        Check([], 1);
        EndBlock();
        Number(0);
        Number((ulong)_frames);
        Number((ulong)samples);
        WriteChecked();
        _stream.Flush();
        _finished = true;
    }

    private void Check(ReadOnlySpan<int> codes, float scale)
    {
        if (_finished) throw new InvalidOperationException("The token file is finished.");
        if (codes.Length % Header.Codebooks != 0) throw new ArgumentException($"{codes.Length} codes are not whole frames of {Header.Codebooks}.", nameof(codes));
        foreach (var code in codes)
            if ((uint)code >= (uint)Header.Entries) throw new ArgumentException($"Code {code}; a codebook has the entries 0…{Header.Entries - 1}.", nameof(codes));
        if (!TokenFileHeader.IsScale(scale)) throw new ArgumentException($"Scale {scale}; allowed: a number from 0 to {TokenFileHeader.MaxScale}.", nameof(scale));
    }

    private void EndBlock()
    {
        if (_pending.Count > 0) Append(CollectionsMarshal.AsSpan(_pending));
        _pending.Clear();
    }

    private void Append(ReadOnlySpan<int> codes)
    {
        var coded = Coded(_encoder, _model, codes, Header.Codebooks);
        var flags = 0;
        if (_model != _uniform && 8.0 * coded.Length > codes.Length * Math.Log2(Header.Entries) && Coded(_plain, _uniform, codes, Header.Codebooks) is var plain && plain.Length < coded.Length)
        {
            coded = plain;
            flags |= TokenFormat.IsPlain;
        }

        if (_scale != Header.Gain) flags |= TokenFormat.HasScale;
        var frames = codes.Length / Header.Codebooks;
        Number((ulong)TokenFormat.FrameUnit(Header.Version) * (ulong)frames + (ulong)flags);
        if ((flags & TokenFormat.HasScale) != 0)
        {
            Span<byte> scale = stackalloc byte[sizeof(float)];
            BinaryPrimitives.WriteSingleLittleEndian(scale, _scale);
            _block.Write(scale);
        }

        Number((ulong)coded.Length);
        _block.Write(coded);
        WriteChecked();
        _frames += frames;
    }

    private static ReadOnlySpan<byte> Coded(RangeEncoder encoder, ITokenModel model, ReadOnlySpan<int> codes, int codebooks)
    {
        model.Reset();
        encoder.Reset();
        for (var i = 0; i < codes.Length; i++)
        {
            encoder.Add(model.Cumulative(i % codebooks), codes[i]);
            model.Add(codes[i]);
        }

        return encoder.Finish();
    }

    /// <summary>LEB128: seven bits per byte, lowest first; the top bit is set if more bytes follow.</summary>
    private void Number(ulong value)
    {
        for (; value >= 0x80; value >>= 7) _block.Write([(byte)(value | 0x80)]);
        _block.Write([(byte)value]);
    }

    private void WriteChecked()
    {
        Span<byte> checksum = stackalloc byte[TokenFormat.ChecksumBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(checksum, TokenFormat.BlockChecksum(_headerChecksum, _frames, _block.WrittenSpan));
        _block.Write(checksum);
        _stream.Write(_block.WrittenSpan); // one call, so that a block passes through a pipe whole
        _block.ResetWrittenCount();
    }
}

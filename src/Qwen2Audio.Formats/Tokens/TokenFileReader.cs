using System.Buffers.Binary;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Formats.Tokens;

/// <summary>
/// Reads a token file from a stream sequentially and with constant memory, so that the stream may be a pipe; no byte is read before it is needed. The
/// codes of a block are returned only after its checksum has been verified. For one caller at a time.
/// </summary>
public sealed class TokenFileReader
{
    private const string Damaged = "damaged bytes, which do not match their checksum";
    private readonly CheckedBytes _bytes;
    private readonly uint _headerChecksum;
    private ITokenModel? _model;
    private ITokenModel? _uniform;
    private bool _ended;

    /// <summary>Reads the header.</summary>
    /// <param name="stream">The stream; it stays open.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <exception cref="TokenFileException">It is not a token file, has a newer version, or is damaged.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public TokenFileReader(Stream stream, string file)
    {
        _bytes = new CheckedBytes(stream, file);
        (Header, _headerChecksum) = ReadHeader();
        HeaderBytes = Bytes;
    }

    /// <summary>Whether a path names a file that begins like a token file, even if it ends within its first bytes. False for pipes, from which nothing is read.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static bool Is(string path)
    {
        if (!System.IO.File.Exists(path) || FileKinds.Refused(path) is not null) return false;
        using var file = System.IO.File.OpenRead(path);
        if (!file.CanSeek) return false;
        Span<byte> magic = stackalloc byte[TokenFormat.Magic.Length];
        var count = file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        return count > 0 && TokenFormat.Magic.StartsWith(magic[..count]);
    }

    /// <summary>The header.</summary>
    public TokenFileHeader Header { get; }

    /// <summary>Number of frames in the blocks read or skipped so far; at the end, in the file.</summary>
    public long Frames { get; private set; }

    /// <summary>Number of bytes read so far; at the end, in the file.</summary>
    public long Bytes => _bytes.Start + _bytes.Length;

    /// <summary>Number of bytes of the header.</summary>
    public long HeaderBytes { get; }

    /// <summary>Number of coded bytes in the blocks so far, without their lengths, scales and checksums.</summary>
    public long CodedBytes { get; private set; }

    /// <summary>Number of blocks so far.</summary>
    public int Blocks { get; private set; }

    /// <summary>Number of plain blocks so far: their codes are stored with uniform probabilities although the file has others.</summary>
    public int PlainBlocks { get; private set; }

    /// <summary>Length of the audio in samples per channel; null before the end.</summary>
    public long? Samples { get; private set; }

    /// <summary>Checks that the file was written with this codec, and selects its probabilities. Call it before <see cref="Read"/>.</summary>
    /// <param name="codec">The codec that will decode.</param>
    /// <param name="probabilities">The probabilities available in addition to uniform ones.</param>
    /// <exception cref="TokenFileException">The file was written with another codec, or with other probabilities; names both.</exception>
    public void Start(ModelIdentity codec, params IReadOnlyList<ITokenModel> probabilities)
    {
        if (!Header.Model.Matches(codec)) throw Bad("model", $"{Header.Model}", $"{codec}, the model given");
        _uniform = FixedTokenModel.Uniform(Header.Codebooks, Header.Entries);
        IReadOnlyList<ITokenModel> known = [_uniform, .. probabilities.Where(model => model.Fits(Header.Codebooks, Header.Entries))];
        _model = known.FirstOrDefault(model => model.Identity.Matches(Header.Probabilities))
            ?? throw Bad("probabilities", $"{Header.Probabilities}", string.Join(" or ", known.Select(model => $"{model.Identity}")));
    }

    /// <summary>The next block; null at the end of the file.</summary>
    /// <exception cref="InvalidOperationException"><see cref="Start"/> was not called.</exception>
    /// <exception cref="TokenFileException">The file is damaged or truncated here.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public TokenBlock? Read()
    {
        if (_model is null) throw new InvalidOperationException("Start comes before Read.");
        var first = Frames;
        if (NextBlock() is not { } block) return null;
        var model = block.IsPlain ? _uniform! : _model;
        var codes = new int[block.Frames * Header.Codebooks];
        var decoder = new RangeDecoder(_bytes.Since(0)[block.Coded]);
        model.Reset();
        for (var i = 0; i < codes.Length; i++)
        {
            codes[i] = decoder.Next(model.Cumulative(i % Header.Codebooks));
            if (codes[i] < 0) throw Unlike($"bytes that no codes produce, from frame {first + i / Header.Codebooks} on");
            model.Add(codes[i]);
        }

        return decoder.IsAtEnd ? new TokenBlock(first, codes, block.Scale) : throw Unlike("more bytes than its codes need");

        TokenFileException Unlike(string found) => Bad(Place(Blocks - 1, first, block.Frames), found, "what an encoder writes");
    }

    /// <summary>Skips the next block: verifies its checksum without decoding it. To start at a frame, skip the blocks before it.</summary>
    /// <returns>The number of frames in the block; 0 at the end of the file.</returns>
    /// <exception cref="TokenFileException">The file is damaged or truncated here.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public int Skip() => NextBlock()?.Frames ?? 0;

    private (TokenFileHeader Header, uint Checksum) ReadHeader()
    {
        const string allowed = "a token file";
        var magic = TokenFormat.Magic;
        if (_bytes.TakeUpTo(magic.Length) < magic.Length || !_bytes.Since(0).SequenceEqual(magic))
            throw Bad("byte 0", Foreign(_bytes.Since(0)), $"a token file, which begins with the bytes {Convert.ToHexString(magic)}");
        _bytes.Take(TokenFormat.Lead - magic.Length, "header");
        var version = BinaryPrimitives.ReadUInt16LittleEndian(_bytes.Since(magic.Length));
        if (version is < TokenFormat.OldestVersion or > TokenFormat.Version) throw Bad("version", $"{version}", $"{TokenFormat.OldestVersion}…{TokenFormat.Version}, which this build reads");
        _bytes.Take(BinaryPrimitives.ReadUInt16LittleEndian(_bytes.Since(magic.Length + sizeof(ushort))), "header");
        var fields = _bytes.Since(TokenFormat.Lead).ToArray();
        var computed = Crc32C.Of(_bytes.Since(0));
        if (_bytes.TakeChecksum("header") is var stored && stored != computed) throw Bad("header, byte 0", Damaged, "those that were written");
        var header = TokenFileHeader.Parse(version, fields) ?? throw Bad("header", "fields of the wrong length, or text that is not UTF-8", allowed);
        foreach (var problem in header.Problems()) throw Bad($"header, {problem.Place}", problem.Found, problem.Allowed);
        return (header, stored);
    }

    /// <summary>What another file is, by its first bytes.</summary>
    private static string Foreign(ReadOnlySpan<byte> start)
    {
        if (start.IsEmpty) return "nothing";
        if (start.StartsWith("RIFF"u8) || start.StartsWith("RF64"u8)) return "a WAV file";
        if (start.StartsWith("fLaC"u8)) return "a FLAC file";
        if (start.Length == TokenFormat.Magic.Length && start.StartsWith(TokenFormat.Magic[..4])) return "a token file whose line ends were converted, as if it were text";
        var text = Encoding.UTF8.GetString(start).TrimEnd('\uFFFD'); // a character that the limit divides
        if (text.Length == 0 || text.Any(c => c == '\uFFFD' || (char.IsControl(c) && !char.IsWhiteSpace(c)))) return $"the bytes {Convert.ToHexString(start)}";
        return $"{(text.AsSpan().TrimStart(" \t\r\n\uFEFF") is ['{' or '[', ..] ? "JSON" : "text")} that begins {Display.Quote(text)}";
    }

    private (int Frames, float Scale, bool IsPlain, Range Coded)? NextBlock()
    {
        if (_ended) return null;
        _bytes.Begin();
        var place = Place(Blocks, Frames, null);
        var mark = _bytes.Number(place);
        if (mark == 0)
        {
            End();
            return null;
        }

        var unit = (ulong)TokenFormat.FrameUnit(Header.Version);
        if (mark < unit || mark / unit > (ulong)(TokenFormat.MaxBlockCodes / Header.Codebooks)) throw Bad(place, $"{mark / unit} frames", $"1…{TokenFormat.MaxBlockCodes / Header.Codebooks}");
        var (frames, flags, scale) = ((int)(mark / unit), (int)(mark % unit), Header.Gain);
        place = Place(Blocks, Frames, frames);
        if ((flags & TokenFormat.HasScale) != 0)
        {
            _bytes.Take(sizeof(float), place);
            scale = BinaryPrimitives.ReadSingleLittleEndian(_bytes.Since(_bytes.Length - sizeof(float)));
        }

        var (length, most) = (_bytes.Number(place), TokenFormat.MaxBytes(frames * Header.Codebooks));
        if (length > (ulong)most) throw Bad(place, $"{length} coded bytes", $"at most {most}");
        var coded = _bytes.Length..(_bytes.Length + (int)length);
        _bytes.Take((int)length, place);
        CompareChecksum(place);
        if (!TokenFileHeader.IsScale(scale)) throw Bad(place, $"the scale {scale}", $"a number from 0 to {TokenFileHeader.MaxScale}");
        var isPlain = (flags & TokenFormat.IsPlain) != 0;
        Blocks++;
        if (isPlain) PlainBlocks++;
        CodedBytes += (int)length;
        Frames = checked(Frames + frames);
        return (frames, scale, isPlain, coded);
    }

    private void End()
    {
        var place = $"end of the file, byte {_bytes.Start}";
        var (frames, samples) = (_bytes.Number(place), _bytes.Number(place));
        CompareChecksum(place);
        if (frames != (ulong)Frames) throw Bad(place, $"{frames} frames", $"{Frames}, those of the blocks before");
        var end = _bytes.Start + _bytes.Length + TokenFormat.ChecksumBytes;
        if (_bytes.TakeUpTo(1) > 0) throw Bad($"byte {end}", "more bytes", "the end of the file");
        (Samples, _ended) = ((long)samples, true);
    }

    private void CompareChecksum(string place)
    {
        var computed = TokenFormat.BlockChecksum(_headerChecksum, Frames, _bytes.Since(0));
        if (_bytes.TakeChecksum(place) != computed) throw Bad(place, Damaged, "those that were written, in their order");
    }

    private string Place(int block, long first, int? frames) =>
        $"block {block}, frames {first}–{(frames is { } some ? $"{first + some - 1}" : "")}, byte {_bytes.Start}";

    private TokenFileException Bad(string place, string found, string allowed) => new(_bytes.File, place, found, allowed);
}

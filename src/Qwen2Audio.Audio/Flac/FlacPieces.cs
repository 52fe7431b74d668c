using System.Buffers.Binary;
using System.Numerics;

namespace Qwen2Audio.Audio.Flac;

/// <summary>
/// Writes a FLAC file (RFC 9639) of 16-bit samples in pieces, in blocks of <see cref="Block"/> samples. Channels are coded independently. A stream that can seek gets the length and the MD5 of the
/// samples at the end; in a pipe both stay unknown unless the length was declared.
/// </summary>
internal sealed class FlacPieces : AudioWriter
{
    /// <summary>Samples of a channel in a frame.</summary>
    public const int Block = 4096;

    private const int MaxRate = 655_350;
    private const int MaxChannels = 8;
    private const uint BlockCode = 12;
    private const uint ShortBlockCode = 7; // the number of samples follows
    private const int InfoBytes = 34;
    private const int HeaderBytes = 4 + 4 + InfoBytes;
    private static readonly int[] Rates = [0, 88200, 176400, 192000, 8000, 16000, 22050, 24000, 32000, 44100, 48000, 96000];

    private readonly FlacBitWriter _bits = new();
    private readonly FlacSubframeEncoder _subframes;
    private readonly Md5 _digest = new();
    private readonly byte[] _waiting; // of a block, interleaved
    private readonly int[] _channel = new int[Block];
    private int _bytes;
    private uint _frames;
    private long _written;
    private (int Min, int Max) _sizes = (int.MaxValue, 0);

    /// <summary>Writes the metadata.</summary>
    /// <inheritdoc cref="AudioWriter.Create"/>
    public FlacPieces(Stream stream, AudioForm form, long? frames = null)
        : base(stream, form, frames, MaxRate, MaxChannels)
    {
        (_subframes, _waiting) = (new FlacSubframeEncoder(_bits), new byte[2 * Block * form.Channels]);
        PutInfo(frames ?? 0, default);
    }

    private protected override void Put(ReadOnlySpan<byte> bytes)
    {
        _digest.Append(bytes);
        while (bytes.Length > 0)
        {
            var taken = Math.Min(bytes.Length, _waiting.Length - _bytes);
            bytes[..taken].CopyTo(_waiting.AsSpan(_bytes));
            _bytes += taken;
            bytes = bytes[taken..];
            if (_bytes == _waiting.Length) PutFrame();
        }
    }

    private protected override void Complete()
    {
        if (_bytes > 0) PutFrame();
        if (!Stream.CanSeek) return;
        Stream.Position -= HeaderBytes + _written;
        PutInfo(Samples / Form.Channels, _digest.Finish());
        Stream.Position += _written;
    }

    private void PutFrame()
    {
        var count = _bytes / 2 / Form.Channels;
        _bits.Clear();
        var rate = Array.IndexOf(Rates, Form.SampleRate, 1);
        if (rate < 0) rate = Form.SampleRate <= ushort.MaxValue ? 13 : Form.SampleRate % 10 == 0 ? 14 : 0; // in Hz, in tens of Hz, or as in the metadata
        _bits.Write(0xFFF8, 16);
        _bits.Write(count == Block ? BlockCode : ShortBlockCode, 4);
        _bits.Write((uint)rate, 4);
        _bits.Write((uint)Form.Channels - 1, 4);
        _bits.Write(4, 3); // 16 bits
        _bits.Write(0, 1);
        PutNumber(_frames++);
        if (count != Block) _bits.Write((uint)count - 1, 16);
        if (rate >= 13) _bits.Write((uint)(rate == 13 ? Form.SampleRate : Form.SampleRate / 10), 16);
        byte crc = 0;
        foreach (var value in _bits.Bytes) crc = FlacChecksums.Crc8(crc, value);
        _bits.Write(crc, 8);
        for (var channel = 0; channel < Form.Channels; channel++)
        {
            for (var i = 0; i < count; i++) _channel[i] = BinaryPrimitives.ReadInt16LittleEndian(_waiting.AsSpan(2 * (i * Form.Channels + channel)));
            _subframes.Write(_channel.AsSpan(0, count));
        }

        _bits.Align();
        _bits.Write(FlacChecksums.Crc16(0, _bits.Bytes), 16);
        Stream.Write(_bits.Bytes);
        var size = _bits.Bytes.Length;
        (_bytes, _written, _sizes) = (0, _written + size, (Math.Min(_sizes.Min, size), Math.Max(_sizes.Max, size)));
    }

    // like UTF-8, with up to 31 bits
    private void PutNumber(uint number)
    {
        if (number < 0x80)
        {
            _bits.Write(number, 8);
            return;
        }

        var more = (BitOperations.Log2(number) - 1) / 5; // each byte more has 6 bits and takes one from the first, which has 7
        _bits.Write(0xFFu << (7 - more) | number >> (6 * more), 8);
        while (more-- > 0) _bits.Write(0x80 | (number >> (6 * more) & 0x3F), 8);
    }

    private void PutInfo(long frames, ReadOnlySpan<byte> digest)
    {
        Span<byte> info = stackalloc byte[HeaderBytes];
        info.Clear();
        "fLaC"u8.CopyTo(info);
        (info[4], info[7]) = (0x80, InfoBytes); // the last block of metadata, STREAMINFO
        BinaryPrimitives.WriteUInt16BigEndian(info[8..], Block);
        BinaryPrimitives.WriteUInt16BigEndian(info[10..], Block);
        PutSize(info[12..], _frames == 0 ? 0 : _sizes.Min);
        PutSize(info[15..], _sizes.Max);
        var total = frames < 1L << 36 ? frames : 0; // longer than the field: not known
        BinaryPrimitives.WriteUInt64BigEndian(info[18..], (ulong)Form.SampleRate << 44 | (ulong)(Form.Channels - 1) << 41 | 15UL << 36 | (ulong)total);
        digest.CopyTo(info[26..]);
        Stream.Write(info);
    }

    private static void PutSize(Span<byte> bytes, int size) => (bytes[0], bytes[1], bytes[2]) = ((byte)(size >> 16), (byte)(size >> 8), (byte)size);
}

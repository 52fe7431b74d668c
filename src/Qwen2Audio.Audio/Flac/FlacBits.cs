using System.Buffers.Binary;
using System.Numerics;
using Qwen2Audio.Audio.Reading;

namespace Qwen2Audio.Audio.Flac;

/// <summary>Reads the bits of FLAC frames, most significant first, and computes the CRC-16 of a frame's bytes.</summary>
internal sealed class FlacBits(ByteSource source)
{
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _at;
    private int _end;
    private int _checkedTo;
    private ushort _crc;
    private long _base = source.Position;
    private ulong _cache; // the next bits at the top; after the counted ones come zeros or the bits that follow
    private int _bits;

    /// <summary>Position of the next unread byte in the file; bits must be aligned to bytes.</summary>
    public long Position => _base + _at - _bits / 8;

    /// <summary>Starts the CRC-16 at the next byte.</summary>
    public void StartCrc() => (_crc, _checkedTo) = (0, _at - _bits / 8);

    /// <summary>The CRC-16 of all bytes since <see cref="StartCrc"/>.</summary>
    public ushort Crc()
    {
        var to = _at - _bits / 8;
        _crc = FlacChecksums.Crc16(_crc, _buffer.AsSpan(_checkedTo, to - _checkedTo));
        _checkedTo = to;
        return _crc;
    }

    /// <summary>The next 16 bits, without consuming them, or −1 at the end of the file.</summary>
    public int Peek16() => Fill(16) ? (int)(_cache >> 48) : -1;

    /// <summary>Reads whole bytes; fewer than requested only at the end of the file. Bits must be aligned to bytes.</summary>
    public int ReadBytes(Span<byte> destination)
    {
        var done = 0;
        while (done < destination.Length && (_bits >= 8 || Fill(8))) destination[done++] = (byte)Read(8);
        return done;
    }

    /// <summary>Reads 0 to 32 bits.</summary>
    public uint Read(int count)
    {
        if (_bits < count && !Fill(count)) throw new FlacEndException();
        var value = (uint)(_cache >> 32) >> (32 - count);
        if (count == 0) value = 0;
        _cache <<= count;
        _bits -= count;
        return value;
    }

    /// <summary>Reads a two's complement number of 0 to 32 bits.</summary>
    public int ReadSigned(int count) => count == 0 ? 0 : (int)(Read(count) << (32 - count)) >> (32 - count);

    /// <summary>Counts the zeros before the next one bit, and consumes that bit.</summary>
    public uint ReadUnary()
    {
        uint zeros = 0;
        while (true)
        {
            if (_bits == 0 && !Fill(1)) throw new FlacEndException();
            var run = BitOperations.LeadingZeroCount(_cache);
            if (run < _bits)
            {
                _cache = _cache << run << 1;
                _bits -= run + 1;
                return zeros + (uint)run;
            }

            zeros += (uint)_bits;
            _cache = 0;
            _bits = 0;
        }
    }

    /// <summary>Drops the bits up to the next byte; true if they were zero.</summary>
    public bool Align() => Read(_bits & 7) == 0;

    /// <summary>Reads Rice-coded numbers with parameter <paramref name="k"/> (0 to 30).</summary>
    public void ReadRice(Span<int> destination, int k)
    {
        var cache = _cache;
        var bits = _bits;
        for (var i = 0; i < destination.Length; i++)
        {
            if (bits < 40 && _end - _at >= 8)
            {
                cache |= BinaryPrimitives.ReadUInt64BigEndian(_buffer.AsSpan(_at)) >> bits;
                var bytes = (63 - bits) >> 3;
                _at += bytes;
                bits += bytes * 8;
            }

            var run = BitOperations.LeadingZeroCount(cache);
            var length = run + 1 + k;
            uint folded;
            if (length <= bits)
            {
                folded = ((uint)run << k) | (uint)((cache << run << 1) >> 1 >> (63 - k));
                cache = cache << (length - 1) << 1;
                bits -= length;
            }
            else
            {
                (_cache, _bits) = (cache, bits);
                var high = ReadUnary();
                if (high > uint.MaxValue >> k) throw new FlacDamageException("residual", $"a Rice quotient of {high} with parameter {k}", "residuals of 32 bits");
                folded = (high << k) | Read(k);
                (cache, bits) = (_cache, _bits);
            }

            destination[i] = (int)(folded >> 1) ^ -(int)(folded & 1);
        }

        (_cache, _bits) = (cache, bits);
    }

    private bool Fill(int count)
    {
        while (_bits < count)
        {
            if (_at == _end && !FillBuffer()) return false;
            if (_end - _at >= 8)
            {
                _cache |= BinaryPrimitives.ReadUInt64BigEndian(_buffer.AsSpan(_at)) >> _bits;
                var bytes = (63 - _bits) >> 3;
                _at += bytes;
                _bits += bytes * 8;
            }
            else
            {
                _cache |= (ulong)_buffer[_at++] << (56 - _bits);
                _bits += 8;
            }
        }

        return true;
    }

    private bool FillBuffer()
    {
        // The CRC still has to count the bytes in the cache, so they stay at the front.
        var kept = Math.Min(_at, 8);
        var consumed = _at - kept;
        if (_checkedTo < consumed)
        {
            _crc = FlacChecksums.Crc16(_crc, _buffer.AsSpan(_checkedTo, consumed - _checkedTo));
            _checkedTo = consumed;
        }

        _buffer.AsSpan(consumed, kept).CopyTo(_buffer);
        (_base, _at, _checkedTo) = (_base + consumed, kept, _checkedTo - consumed);
        var got = source.ReadBlocks(_buffer.AsSpan(kept), 1); // what is there: the rest of a live sound has not come yet
        _end = kept + got;
        return got > 0;
    }
}

namespace Qwen2Audio.Audio.Flac;

/// <summary>Collects the bits of a frame, most significant first.</summary>
internal sealed class FlacBitWriter
{
    private byte[] _bytes = new byte[1 << 14];
    private int _length;
    private ulong _last; // its lowest bits are not yet in a byte
    private int _bits;

    /// <summary>The whole bytes so far.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    public void Clear() => (_length, _bits) = (0, 0);

    /// <summary>Writes the lowest 0 to 32 bits of a number.</summary>
    public void Write(uint value, int count)
    {
        _last = _last << count | (value & ((1UL << count) - 1));
        for (_bits += count; _bits >= 8;)
        {
            _bits -= 8;
            if (_length == _bytes.Length) Array.Resize(ref _bytes, 2 * _length);
            _bytes[_length++] = (byte)(_last >> _bits);
        }
    }

    /// <summary>Writes a Rice code with parameter <paramref name="k"/>.</summary>
    public void WriteRice(int value, int k)
    {
        var folded = Fold(value);
        var zeros = folded >> k;
        for (; zeros >= 31; zeros -= 31) Write(0, 31);
        Write(1, (int)zeros + 1);
        Write(folded, k);
    }

    /// <summary>Fills the last byte with zeros.</summary>
    public void Align() => Write(0, (8 - _bits) & 7);

    /// <summary>0, −1, 1, −2, … as 0, 1, 2, 3, …</summary>
    public static uint Fold(int value) => (uint)(value << 1 ^ value >> 31);
}

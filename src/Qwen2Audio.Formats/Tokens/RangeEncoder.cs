namespace Qwen2Audio.Formats.Tokens;

/// <summary>
/// Range coder (G. N. N. Martin, 1979) with 64-bit integers: an interval within [0, 1) shrinks with every code, and a byte is output once only a
/// carry can change it. All codes together take at most 8 bits more than their information content.
/// </summary>
internal sealed class RangeEncoder
{
    /// <summary>While the range is smaller than this, a byte is output.</summary>
    public const ulong MinRange = 1ul << 56;

    private byte[] _bytes = new byte[1024];
    private int _count;
    private ulong _low;
    private ulong _range = ulong.MaxValue;

    /// <summary>Starts a new sequence.</summary>
    public void Reset() => (_count, _low, _range) = (0, 0, ulong.MaxValue);

    /// <summary>Adds a code.</summary>
    /// <param name="cumulative">As <see cref="ITokenModel.Cumulative"/>.</param>
    /// <param name="code">The entry.</param>
    /// <exception cref="InvalidOperationException">The frequencies do not have the sum that the format requires, or that of the code is 0.</exception>
    public void Add(ReadOnlySpan<uint> cumulative, int code)
    {
        var (from, to) = (cumulative[code], cumulative[code + 1]);
        if (to <= from || cumulative[^1] != TokenFormat.FrequencySum) throw new InvalidOperationException($"Entry {code} has the frequency {(long)to - from} of {cumulative[^1]}; allowed: at least 1 of {TokenFormat.FrequencySum}.");
        var unit = _range >> TokenFormat.FrequencyBits;
        Raise(unit * from);
        _range = unit * (to - from);
        for (; _range < MinRange; _range <<= 8)
        {
            Push((byte)(_low >> 56));
            _low <<= 8;
        }
    }

    /// <summary>The bytes of all codes: as few as possible, without trailing zeros. Valid until <see cref="Reset"/>.</summary>
    public ReadOnlySpan<byte> Finish()
    {
        // the number within the interval that has the most trailing zeros
        if (unchecked(_low + _range - 1) < _low) Raise(0 - _low);
        else
        {
            Raise(MinRange - 1);
            Push((byte)(_low >> 56));
        }

        return _bytes.AsSpan(0, _count).TrimEnd((byte)0);
    }

    private void Raise(ulong by)
    {
        _low += by;
        if (_low >= by) return;
        var i = _count - 1;
        while (++_bytes[i] == 0) i--;
    }

    private void Push(byte value)
    {
        if (_count == _bytes.Length) Array.Resize(ref _bytes, 2 * _count);
        _bytes[_count++] = value;
    }
}

namespace Qwen2Audio.Formats.Tokens;

/// <summary>Decodes what <see cref="RangeEncoder"/> wrote. Zeros are assumed after the last byte.</summary>
internal ref struct RangeDecoder
{
    private readonly ReadOnlySpan<byte> _bytes;
    private int _at;
    private ulong _code; // the number within the interval, from its lower end
    private ulong _range = ulong.MaxValue;

    public RangeDecoder(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
        for (var i = 0; i < sizeof(ulong); i++) Pull();
    }

    /// <summary>Whether the bytes that encode the codes read so far end here.</summary>
    public readonly bool IsAtEnd => _bytes.Length <= _at - sizeof(ulong) + 1 && (_bytes.IsEmpty || _bytes[^1] != 0);

    /// <summary>The next code; −1 if no encoder would write these bytes.</summary>
    /// <param name="cumulative">As <see cref="ITokenModel.Cumulative"/>.</param>
    public int Next(ReadOnlySpan<uint> cumulative)
    {
        var unit = _range >> TokenFormat.FrequencyBits;
        var value = _code / unit;
        if (value >= TokenFormat.FrequencySum) return -1;
        var (code, above) = (0, cumulative.Length - 1);
        while (above - code > 1)
        {
            var middle = (code + above) >>> 1;
            if (cumulative[middle] <= value) code = middle;
            else above = middle;
        }

        _code -= unit * cumulative[code];
        _range = unit * (cumulative[code + 1] - cumulative[code]);
        for (; _range < RangeEncoder.MinRange; _range <<= 8) Pull();
        return code;
    }

    private void Pull()
    {
        _code = (_code << 8) | (_at < _bytes.Length ? _bytes[_at] : 0ul);
        _at++;
    }
}

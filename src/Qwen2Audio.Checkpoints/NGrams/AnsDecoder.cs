using System.Buffers.Binary;

namespace Qwen2Audio.Checkpoints.NGrams;

/// <summary>Decodes what <see cref="AnsEncoder"/> wrote. Every sequence of bytes can be decoded; where it ends before its symbols do, <see cref="IsWhole"/> tells.</summary>
internal ref struct AnsDecoder
{
    /// <summary>Symbols of a table.</summary>
    public const int Symbols = 64;

    /// <summary>The frequencies of a table add up to 2 to the power of this.</summary>
    public const int SumBits = 12;

    public const int Sum = 1 << SumBits;

    /// <summary>The most bits of a number without a table.</summary>
    public const int MostBits = 2 * SumBits;

    /// <summary>The least state between two symbols.</summary>
    public const uint Least = 1 << 16;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly byte[]?[] _symbols;
    private readonly (ushort Frequency, ushort Start)[]?[] _intervals;
    private int _at;
    private uint _state;

    /// <summary>Reads the tables and begins.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="tables">Number of tables.</param>
    /// <param name="problem">What is wrong with the tables; null: nothing.</param>
    public AnsDecoder(ReadOnlySpan<byte> bytes, int tables, out string? problem)
    {
        _bytes = bytes;
        (_symbols, _intervals) = (new byte[tables][], new (ushort, ushort)[tables][]);
        problem = null;
        for (var table = 0; table < tables && problem is null; table++)
        {
            var count = _at < bytes.Length ? bytes[_at++] : 0;
            if (count == 0) continue;
            if (count > Symbols || bytes.Length - _at < 2 * count) problem = $"a table of {count} symbols";
            else if (!Add(table, count)) problem = "frequencies with another sum";
        }

        _state = (uint)(Next() << 16) | Next();
    }

    /// <summary>Whether the bytes ended with the symbols read so far.</summary>
    public readonly bool IsWhole => _state == Least && _at == _bytes.Length;

    /// <summary>The next symbol; −1 for a table that is not there.</summary>
    public int Symbol(int table)
    {
        if (_symbols[table] is not { } symbols) return -1;
        var slot = _state & (Sum - 1);
        var symbol = symbols[slot];
        var (frequency, start) = _intervals[table]![symbol];
        Advance(slot, start, frequency);
        return symbol;
    }

    /// <summary>The next number of up to <see cref="MostBits"/> bits.</summary>
    public int Bits(int count)
    {
        if (count == 0) return 0;
        if (count > SumBits) return (Bits(count - SumBits) << SumBits) | Bits(SumBits);
        var slot = _state & (Sum - 1);
        var value = slot >> (SumBits - count);
        Advance(slot, value << (SumBits - count), 1u << (SumBits - count));
        return (int)value;
    }

    private void Advance(uint slot, uint start, uint frequency)
    {
        _state = (frequency * (_state >> SumBits)) + slot - start;
        if (_state < Least) _state = (_state << 16) | Next();
    }

    private uint Next()
    {
        _at += 2;
        return _at <= _bytes.Length ? BinaryPrimitives.ReadUInt16LittleEndian(_bytes[(_at - 2)..]) : 0u;
    }

    private bool Add(int table, int count)
    {
        var (symbols, intervals, sum) = (new byte[Sum], new (ushort Frequency, ushort Start)[count], 0);
        for (var symbol = 0; symbol < count; symbol++)
        {
            var frequency = BinaryPrimitives.ReadUInt16LittleEndian(_bytes[_at..]);
            _at += 2;
            if (sum + frequency > Sum) return false;
            intervals[symbol] = (frequency, (ushort)sum);
            symbols.AsSpan(sum, frequency).Fill((byte)symbol);
            sum += frequency;
        }

        (_symbols[table], _intervals[table]) = (symbols, intervals);
        return sum == Sum;
    }
}

using System.Buffers.Binary;

namespace Qwen2Audio.Checkpoints.NGrams;

/// <summary>
/// Codes symbols by their frequencies in different situations, each with a table of its own (asymmetric numeral systems, the range variant: Duda 2013). Symbols are added in the order in which they are read;
/// the tables come from their counts.
/// </summary>
internal sealed class AnsEncoder(int tables)
{
    private readonly int[][] _counts = new int[tables][];
    private readonly List<(ushort Table, byte Symbol, byte Bits, int Value)> _symbols = [];

    /// <summary>Adds a symbol below <see cref="AnsDecoder.Symbols"/>, and a number of up to <see cref="AnsDecoder.MostBits"/> bits, all equally probable.</summary>
    public void Add(int table, int symbol, int bits = 0, int value = 0)
    {
        (_counts[table] ??= new int[AnsDecoder.Symbols])[symbol]++;
        _symbols.Add(((ushort)table, (byte)symbol, (byte)bits, value));
    }

    /// <summary>The tables and the symbols.</summary>
    public byte[] ToBytes()
    {
        using var output = new MemoryStream();
        Span<byte> two = stackalloc byte[2];
        var frequencies = new ushort[tables][];
        for (var table = 0; table < tables; table++)
        {
            frequencies[table] = _counts[table] is { } counts ? Frequencies(counts) : [];
            output.WriteByte((byte)frequencies[table].Length);
            foreach (var frequency in frequencies[table])
            {
                BinaryPrimitives.WriteUInt16LittleEndian(two, frequency);
                output.Write(two);
            }
        }

        // the last symbol is coded first
        var words = new List<ushort>();
        var state = AnsDecoder.Least;
        for (var i = _symbols.Count - 1; i >= 0; i--)
        {
            var (table, symbol, bits, value) = _symbols[i];
            PutBits(value & (AnsDecoder.Sum - 1), Math.Min((int)bits, AnsDecoder.SumBits));
            PutBits(value >> AnsDecoder.SumBits, bits - AnsDecoder.SumBits);
            var start = 0u;
            foreach (var frequency in frequencies[table].AsSpan(0, symbol)) start += frequency;
            Put(start, frequencies[table][symbol]);
        }

        words.Add((ushort)state);
        words.Add((ushort)(state >> 16));
        words.Reverse();
        foreach (var word in words)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(two, word);
            output.Write(two);
        }

        return output.ToArray();

        void PutBits(int value, int bits)
        {
            if (bits > 0) Put((uint)value << (AnsDecoder.SumBits - bits), 1u << (AnsDecoder.SumBits - bits));
        }

        void Put(uint start, uint frequency)
        {
            if (state >= (ulong)frequency << (32 - AnsDecoder.SumBits))
            {
                words.Add((ushort)state);
                state >>= 16;
            }

            state = (state / frequency << AnsDecoder.SumBits) + (state % frequency) + start;
        }
    }

    /// <summary>Frequencies with the sum that the coder needs, at least 1 for each symbol that occurs; trailing zeros are left out.</summary>
    private static ushort[] Frequencies(int[] counts)
    {
        var total = counts.Sum(count => (double)count);
        var result = new ushort[Array.FindLastIndex(counts, count => count > 0) + 1];
        for (var i = 0; i < result.Length; i++)
            if (counts[i] > 0) result[i] = (ushort)Math.Max(1, Math.Round(counts[i] / total * AnsDecoder.Sum));
        for (var over = result.Sum(frequency => frequency) - AnsDecoder.Sum; over != 0; over -= Math.Sign(over))
        {
            // where it costs least
            var best = -1;
            for (var i = 0; i < result.Length; i++)
                if (counts[i] > 0 && (over < 0 || result[i] > 1) && (best < 0 || (over > 0 ? counts[i] / (double)result[i] < counts[best] / (double)result[best] : counts[i] / (double)result[i] > counts[best] / (double)result[best]))) best = i;
            result[best] = (ushort)(result[best] - Math.Sign(over));
        }

        return result;
    }
}

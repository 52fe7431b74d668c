using System.Buffers.Binary;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Checkpoints.Lexicons;

/// <summary>
/// Reads and writes lexicons. The format, little-endian: "q2lexicon" and a version byte; the length in bytes of the words and the words, UTF-8 lines; the number of pronunciations;
/// the pronunciations in the order of <see cref="Lexicon.Pronunciations"/>: how many phones are those of the one before (a byte), how many follow (a byte, in version 2 with 128 added for an alternative),
/// these (a byte each), and the word's position (LEB128). Version 1 does not say which are alternatives.
/// </summary>
public static class LexiconFile
{
    /// <summary>Name within a model's folder.</summary>
    public const string FileName = "pronunciations.lexicon";

    /// <summary>The most phones of a word; with more, a small file could name much memory, since words share their beginnings.</summary>
    public const int MostPhones = 64;

    private const byte Version = 2;
    private const byte Alternative = 0x80;
    private const int MostBytes = 1 << 26;
    private static ReadOnlySpan<byte> Magic => "q2lexicon"u8;

    /// <summary>Reads a file.</summary>
    /// <exception cref="CheckpointException">It is missing, damaged, or has another format.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Lexicon Read(string path)
    {
        const string allowed = "a lexicon, from the command lexicon";
        var bytes = SmallFile.Read(path, MostBytes, allowed);
        if (!bytes.AsSpan().StartsWith(Magic)) throw new CheckpointException(path, "beginning", "another format", allowed);
        return new Reader(bytes, path).Read();
    }

    /// <summary>Writes a file.</summary>
    public static void Write(string path, Lexicon lexicon) => AtomicFile.Write(path, ToBytes(lexicon));

    /// <summary>The bytes of a file.</summary>
    public static byte[] ToBytes(Lexicon lexicon)
    {
        ArgumentNullException.ThrowIfNull(lexicon);
        using var output = new MemoryStream();
        output.Write(Magic);
        output.WriteByte(Version);
        var words = Encoding.UTF8.GetBytes(string.Join('\n', lexicon.Words));
        Put(output, words.Length);
        output.Write(words);
        Put(output, lexicon.Pronunciations.Count);
        byte[] before = [];
        foreach (var (word, phones, isAlternative) in lexicon.Pronunciations)
        {
            var shared = before.AsSpan().CommonPrefixLength(phones);
            output.WriteByte((byte)shared);
            output.WriteByte((byte)((phones.Length - shared) | (isAlternative ? Alternative : 0)));
            output.Write(phones.AsSpan(shared));
            var value = word;
            for (; value >= 0x80; value >>= 7) output.WriteByte((byte)(value | 0x80));
            output.WriteByte((byte)value);
            before = phones;
        }

        return output.ToArray();
    }

    private static void Put(MemoryStream output, int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        output.Write(bytes);
    }

    private sealed class Reader(byte[] bytes, string path)
    {
        private int _at = Magic.Length;

        public Lexicon Read()
        {
            var version = Byte();
            if (version is not (1 or Version)) throw Fault($"version {version}", $"versions 1 and {Version}");
            var words = Words(Number(leastBytes: 1));
            var entries = new Pronunciation[Number(leastBytes: 3)];
            byte[] before = [];
            for (var i = 0; i < entries.Length; i++)
            {
                var (shared, more) = (Byte(), Byte());
                var isAlternative = version > 1 && more >= Alternative;
                if (isAlternative) more -= Alternative;
                if (shared > before.Length || shared + more is 0 or > MostPhones)
                    throw Fault($"{shared} phones of the {before.Length} before and {more} more", $"1 to {MostPhones} phones in all");
                byte[] phones = [.. before.AsSpan(0, shared), .. Take(more)];
                entries[i] = new Pronunciation(Word(), phones, isAlternative);
                before = phones;
            }

            if (_at != bytes.Length) throw Fault($"{bytes.Length - _at} more bytes", "the end of the file");
            return new Lexicon(words, entries, (found, allowed) => new CheckpointException(path, "content", found, allowed));
        }

        private string[] Words(int length)
        {
            try
            {
                return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Take(length)).Split('\n');
            }
            catch (DecoderFallbackException)
            {
                throw Fault("words that are not UTF-8", "words in UTF-8");
            }
        }

        private int Word()
        {
            var value = 0;
            for (var shift = 0; shift < 28; shift += 7)
            {
                var next = Byte();
                value |= (next & 0x7F) << shift;
                if (next < 0x80) return value;
            }

            throw Fault("a number of more than 28 bits", "the position of a word");
        }

        private int Number(int leastBytes)
        {
            var value = BinaryPrimitives.ReadInt32LittleEndian(Take(4));
            return value >= 0 && (long)value * leastBytes <= bytes.Length - _at ? value : throw Fault($"a count of {value}", "no more than fit into the file");
        }

        private byte Byte() => Take(1)[0];

        private ReadOnlySpan<byte> Take(int count)
        {
            if (count > bytes.Length - _at) throw Fault("the end of the file", $"{count} more bytes");
            _at += count;
            return bytes.AsSpan(_at - count, count);
        }

        private CheckpointException Fault(string found, string allowed) => new(path, $"byte {_at}", found, allowed);
    }
}

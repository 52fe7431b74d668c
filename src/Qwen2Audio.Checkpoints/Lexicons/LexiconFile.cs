using Qwen2Audio.Checkpoints.NGrams;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Checkpoints.Lexicons;

/// <summary>
/// Reads and writes lexicons. The format, little-endian: "q2lexicon" and a version byte; the words, UTF-8 lines; then of all pronunciations in the order of <see cref="Lexicon.Pronunciations"/> the numbers of
/// phones: how many are those of the one before (a byte), how many follow (a byte, with 128 added for an alternative); the phones that follow (a byte each); the word's position, as the difference from the next word of the one before
/// (LEB128, 0, −1, 1, −2, … as 0, 1, 2, 3, …). Each of the four is two lengths of four bytes, of the data and of its form in the file, and the data, compressed with Brotli if the lengths differ. At the end a checksum (<see cref="SealedFile"/>).
/// </summary>
public static class LexiconFile
{
    /// <summary>Name within a model's folder.</summary>
    public const string FileName = "pronunciations.lexicon";

    /// <summary>The lexicon in a model's folder that its recogniser uses; null if there is none. A model that speaks may have one for that alone: its recogniser uses it only with a language model.</summary>
    /// <param name="source">The model.</param>
    /// <param name="hasLanguageModel">Whether there is a language model, if not in the folder.</param>
    public static string? OfRecogniser(ModelSource source, bool hasLanguageModel = false)
    {
        ArgumentNullException.ThrowIfNull(source);
        var path = source.FileOf(FileName);
        return File.Exists(path) && (source.Description.Synthesis is null || hasLanguageModel || File.Exists(source.FileOf(NGramFile.FileName))) ? path : null;
    }

    /// <summary>The most phones of a word; with more, a small file could name much memory, since words share their beginnings.</summary>
    public const int MostPhones = 64;

    private const byte Version = 4;
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
        return new Reader(SealedFile.Open(bytes, Magic.Length, Version, "lexicon", path), path).Read();
    }

    /// <summary>Writes a file.</summary>
    public static void Write(string path, Lexicon lexicon) => AtomicFile.Write(path, ToBytes(lexicon));

    /// <summary>The bytes of a file.</summary>
    public static byte[] ToBytes(Lexicon lexicon)
    {
        ArgumentNullException.ThrowIfNull(lexicon);
        List<byte> numbers = [], phones = [], words = [];
        var (before, next) = (new Pronunciation(0, []), 0);
        foreach (var entry in lexicon.Pronunciations)
        {
            var shared = before.Phones.AsSpan().CommonPrefixLength(entry.Phones);
            numbers.AddRange((byte)shared, (byte)((entry.Phones.Length - shared) | (entry.IsAlternative ? Alternative : 0)));
            phones.AddRange(entry.Phones.AsSpan(shared));
            var value = ((entry.Word - next) << 1) ^ ((entry.Word - next) >> 31);
            for (; value >= 0x80; value >>= 7) words.Add((byte)(value | 0x80));
            words.Add((byte)value);
            (before, next) = (entry, entry.Word + 1);
        }

        using var output = new MemoryStream();
        output.Write(Magic);
        output.WriteByte(Version);
        CompressedLines.Write(output, lexicon.Words);
        foreach (var part in new[] { numbers, phones, words }) CompressedLines.Write(output, [.. part]);
        return SealedFile.Seal(output.ToArray());
    }

    private sealed class Reader(byte[] bytes, string path)
    {
        private byte[] _positions = [];
        private int _at;

        public Lexicon Read()
        {
            var words = CompressedLines.Read(bytes, Magic.Length + 1, path, out var end);
            var numbers = CompressedLines.ReadBytes(bytes, end, path, out end);
            var phones = CompressedLines.ReadBytes(bytes, end, path, out end);
            _positions = CompressedLines.ReadBytes(bytes, end, path, out end);
            var entries = new Pronunciation[Math.Min(numbers.Length / 2, _positions.Length)];
            byte[] before = [];
            var (used, next) = (0, 0L);
            for (var i = 0; i < entries.Length; i++)
            {
                var (shared, more) = (numbers[2 * i], numbers[(2 * i) + 1] & ~Alternative);
                if (shared > before.Length || shared + more is 0 or > MostPhones || more > phones.Length - used)
                    throw Fault($"{shared} phones of the {before.Length} before and {more} more", $"1 to {MostPhones} phones in all, and no more than there are");
                before = [.. before.AsSpan(0, shared), .. phones.AsSpan(used, more)];
                used += more;
                next += Difference();
                if (next is < 0 or > int.MaxValue) throw Fault($"word {next}", "positions of words");
                entries[i] = new Pronunciation((int)next++, before, numbers[(2 * i) + 1] >= Alternative);
            }

            if (numbers.Length != 2 * entries.Length || used != phones.Length || _at != _positions.Length || end != bytes.Length) throw Fault("more bytes than belong to the pronunciations", "as many as they take");
            return new Lexicon(words, entries, (found, allowed) => new CheckpointException(path, "content", found, allowed));
        }

        private int Difference()
        {
            var value = 0;
            for (var shift = 0; shift < 28 && _at < _positions.Length; shift += 7)
            {
                var next = _positions[_at++];
                value |= (next & 0x7F) << shift;
                if (next < 0x80) return (value >> 1) ^ -(value & 1);
            }

            throw Fault("a number of more than 28 bits, or the end of the numbers", "the position of a word");
        }

        private CheckpointException Fault(string found, string allowed) => new(path, "content", found, allowed);
    }
}

using System.Buffers.Binary;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Checkpoints.NGrams;

/// <summary>
/// Reads and writes n-gram models in this program's compact format, and reads ARPA format. The compact format, little-endian: "q2ngram" and a version byte; the
/// order (a byte); the vocabulary, as its length in bytes and UTF-8 lines; then for each n a codebook of 256 floats for ln P and, except for the
/// highest n, one for back-off weights, the number of n-grams, and the n-grams in the order of the trie: the difference from the previous word
/// after the same context (LEB128), the codes, and the number of n-grams that continue it (LEB128). The logarithms of 1-grams are half-precision floats.
/// </summary>
public static class NGramFile
{
    /// <summary>Name of the file in a model's folder.</summary>
    public const string FileName = "language_model.ngram";

    /// <summary>The most words of an n-gram.</summary>
    public const int MaxOrder = 9;

    private const byte Version = 1;
    private const int MaxBytes = 1 << 30;
    private static ReadOnlySpan<byte> Magic => "q2ngram"u8;

    /// <summary>Reads a file of either format.</summary>
    /// <exception cref="CheckpointException">It is damaged, or has another format.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static NGramModel Read(string path)
    {
        const string allowed = "an n-gram model, from the command ngram or in ARPA format";
        var bytes = SmallFile.Read(path, MaxBytes, allowed);
        if (bytes.AsSpan().StartsWith(Magic)) return new NGramFileReader(bytes, path).Read();
        if (ArpaReader.Is(bytes.AsSpan(0, Math.Min(bytes.Length, 1 << 16)))) return ArpaReader.Read(PlainFile.Text(bytes, path), path);
        throw new CheckpointException(path, "beginning", "another format", allowed);
    }

    /// <summary>Writes the compact format; ln P and back-off weights of each n above 1 are rounded to 256 values.</summary>
    public static void Write(string path, NGramModel model) => AtomicFile.Write(path, ToBytes(model));

    /// <summary>A model in the compact format.</summary>
    public static byte[] ToBytes(NGramModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var output = new MemoryStream();
        output.Write(Magic);
        output.WriteByte(Version);
        output.WriteByte((byte)model.Orders.Count);
        var vocabulary = Encoding.UTF8.GetBytes(string.Join('\n', model.Words));
        Put(output, vocabulary.Length);
        output.Write(vocabulary);
        for (var n = 1; n <= model.Orders.Count; n++) Put(output, model, n);
        return output.ToArray();
    }

    private static void Put(MemoryStream output, NGramModel model, int n)
    {
        var order = model.Orders[n - 1];
        var (hasBackoffs, above) = (n < model.Orders.Count, n > 1 ? model.Orders[n - 2].Children : []);
        var probabilities = n > 1 ? LogCodebook.Of(order.LogProbabilities) : [];
        var backoffs = n > 1 && hasBackoffs ? LogCodebook.Of(order.Backoffs) : [];
        Span<byte> number = stackalloc byte[4];
        foreach (var mean in probabilities.Concat(backoffs))
        {
            BinaryPrimitives.WriteSingleLittleEndian(number, mean);
            output.Write(number);
        }

        Put(output, order.Count);
        var parent = 0;
        var before = -1;
        for (var i = 0; i < order.Count; i++)
        {
            if (n > 1)
            {
                while (above[parent + 1] <= i) (parent, before) = (parent + 1, -1);
                PutVariable(output, order.Words[i] - before - 1);
                before = order.Words[i];
            }

            PutLog(output, probabilities, order.LogProbabilities[i]);
            if (!hasBackoffs) continue;
            PutLog(output, backoffs, order.Backoffs[i]);
            PutVariable(output, order.Children[i + 1] - order.Children[i]);
        }
    }

    private static void PutLog(MemoryStream output, float[] means, float value)
    {
        if (means.Length > 0)
        {
            output.WriteByte(LogCodebook.Nearest(means, value));
            return;
        }

        Span<byte> half = stackalloc byte[2];
        BinaryPrimitives.WriteHalfLittleEndian(half, (Half)value);
        output.Write(half);
    }

    private static void Put(MemoryStream output, int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        output.Write(bytes);
    }

    private static void PutVariable(MemoryStream output, int value)
    {
        for (; value >= 0x80; value >>= 7) output.WriteByte((byte)(value | 0x80));
        output.WriteByte((byte)value);
    }

    /// <summary>Number of bytes of a number in LEB128.</summary>
    public static int VariableBytes(int value) => value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : value < 1 << 21 ? 3 : value < 1 << 28 ? 4 : 5;
}

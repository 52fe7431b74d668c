using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Checkpoints.NGrams;

/// <summary>
/// Reads and writes n-gram models in this program's compact format, and reads ARPA format. The compact format, little-endian: "q2ngram" and a version byte; the order (a byte); the step (a float); the vocabulary,
/// UTF-8 lines, as <see cref="CompressedLines"/>; then entropy-coded numbers (<see cref="AnsEncoder"/>, by tables that <see cref="NGramCoding"/> chooses). For each n, in the order of the trie:
/// - which words follow a context. They are words that also follow the context without its first word, so a number tells how many of those are skipped;
/// - P, as steps of its log odds from those of the n-gram without its first word. Single words: the difference of ln P from the word before, in 1/16;
/// - then, except for the longest, how many n-grams continue each.
/// Back-off weights are not stored: they make each distribution sum to 1. At the end a checksum (<see cref="SealedFile"/>).
/// </summary>
public static class NGramFile
{
    /// <summary>Name of the file in a model's folder.</summary>
    public const string FileName = "language_model.ngram";

    /// <summary>The most words of an n-gram.</summary>
    public const int MaxOrder = 9;

    /// <summary>The usual rounding of an n-gram's log odds against the shorter n-gram's, in nats.</summary>
    public const float Step = 0.5f;

    internal const byte Version = 3;
    private const int MaxBytes = 1 << 30;

    internal static ReadOnlySpan<byte> Magic => "q2ngram"u8;

    /// <summary>Reads a file of either format.</summary>
    /// <exception cref="CheckpointException">It is damaged, or has another format.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static NGramModel Read(string path)
    {
        const string allowed = "an n-gram model, from the command ngram or in ARPA format";
        var bytes = SmallFile.Read(path, MaxBytes, allowed);
        if (bytes.AsSpan().StartsWith(Magic)) return new NGramFileReader(SealedFile.Open(bytes, Magic.Length, Version, "ngram", path), path).Read();
        if (ArpaReader.Is(bytes.AsSpan(0, Math.Min(bytes.Length, 1 << 16)))) return ArpaReader.Read(PlainFile.Text(bytes, path), path);
        throw new CheckpointException(path, "beginning", "another format", allowed);
    }

    /// <summary>Writes the compact format. ln P is rounded, and back-off weights follow from it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">Each of its distributions sums to 1; with each n-gram it has those without the last and without the first word.</param>
    /// <param name="step">The rounding.</param>
    /// <exception cref="ArgumentException">The model is not of this kind, as ARPA files may be.</exception>
    public static void Write(string path, NGramModel model, float step = Step) => AtomicFile.Write(path, ToBytes(model, step));

    /// <summary>A model in the compact format, as <see cref="Write"/>.</summary>
    public static byte[] ToBytes(NGramModel model, float step = Step)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new NGramFileWriter(model, step).ToBytes();
    }
}

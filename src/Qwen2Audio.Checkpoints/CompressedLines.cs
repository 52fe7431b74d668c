using System.Buffers.Binary;
using System.IO.Compression;
using Qwen2Audio.Formats;

namespace Qwen2Audio.Checkpoints;

/// <summary>Bytes and lines of text within a file, compressed with Brotli: the length of the data, the length of its compressed form, the form. Equal lengths: it is not compressed.</summary>
internal static class CompressedLines
{
    private const int MostTimes = 64; // larger than its compressed form
    private const int Quality = 11;
    private const int Window = 22;

    /// <summary>Adds lines.</summary>
    public static void Write(Stream output, IEnumerable<string> lines) => Write(output, Encoding.UTF8.GetBytes(string.Join('\n', lines)));

    /// <summary>Adds bytes.</summary>
    public static void Write(Stream output, byte[] data)
    {
        var compressed = new byte[BrotliEncoder.GetMaxCompressedLength(data.Length)];
        if (!BrotliEncoder.TryCompress(data, compressed, out var length, Quality, Window) || length >= data.Length || (long)length * MostTimes < data.Length) (compressed, length) = (data, data.Length);
        Span<byte> lengths = stackalloc byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(lengths, data.Length);
        BinaryPrimitives.WriteInt32LittleEndian(lengths[4..], length);
        output.Write(lengths);
        output.Write(compressed.AsSpan(0, length));
    }

    /// <summary>Reads lines.</summary>
    /// <exception cref="CheckpointException">They are damaged.</exception>
    public static string[] Read(byte[] file, int at, string path, out int end)
    {
        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(ReadBytes(file, at, path, out end));
            return text.Length == 0 ? [] : text.Split('\n');
        }
        catch (DecoderFallbackException exception)
        {
            throw new CheckpointException(path, $"byte {at}", "words that are not UTF-8", "words in UTF-8", exception);
        }
    }

    /// <summary>Reads bytes.</summary>
    /// <exception cref="CheckpointException">They are damaged.</exception>
    public static byte[] ReadBytes(byte[] file, int at, string path, out int end)
    {
        if (file.Length - at < 8) throw Fault("the end of the file", "8 more bytes");
        var (length, compressed) = (BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at)), BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at + 4)));
        if (compressed < 0 || compressed > file.Length - at - 8 || length < compressed || length > (long)compressed * MostTimes) throw Fault($"{length} bytes in {compressed}", "no more than the file can hold");
        end = at + 8 + compressed;
        var data = new byte[length];
        var source = file.AsSpan(at + 8, compressed);
        if (length == compressed) source.CopyTo(data);
        else if (!BrotliDecoder.TryDecompress(source, data, out var written) || written != length) throw Fault("damaged compressed bytes", "the bytes as they were written");
        return data;

        CheckpointException Fault(string found, string allowed) => new(path, $"byte {at}", found, allowed);
    }
}

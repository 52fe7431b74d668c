using System.Buffers.Binary;
using Qwen2Audio.Audio.Reading;

namespace Qwen2Audio.Audio.Wav;

/// <summary>Checks what follows a WAV file's samples: another chunk, or audio that would be lost.</summary>
internal sealed class WavTrailer(ByteSource source)
{
    private const int MaxChunks = 1024;
    private const long MaxBytes = 1 << 26;

    /// <summary>Whether the next bytes begin like a chunk that ends within the file.</summary>
    /// <param name="riffEnd">The end of the file by the RIFF header; 0 if it does not say.</param>
    public bool BeginsWithChunk(long riffEnd)
    {
        var next = source.Peek(8);
        if (next.Length < 8 || !IsId(next[..4])) return false;
        var end = source.Remaining is { } rest ? source.Position + rest : riffEnd > 0 ? riffEnd : long.MaxValue;
        return BinaryPrimitives.ReadUInt32LittleEndian(next[4..]) <= end - source.Position - 8;
    }

    /// <summary>Skips the chunks after the samples; returns a warning if they may hold audio, otherwise null.</summary>
    /// <param name="odd">Whether the samples have an odd number of bytes; the padding byte is often missing.</param>
    public AudioWarning? Look(bool odd)
    {
        if (odd && source.Peek(1) is [0]) source.Skip(1);
        Span<byte> header = stackalloc byte[8];
        var first = source.Position;
        for (var chunk = 0; chunk < MaxChunks && source.Position - first <= MaxBytes; chunk++)
        {
            var at = source.Position;
            var got = source.Read(header);
            if (got == 0) return null;
            if (got < 8 || !IsId(header[..4])) return LeftOver($"The bytes after the samples, from byte {at} on, are not a chunk; they are left out.");
            var id = Encoding.Latin1.GetString(header[..4]);
            var size = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
            if (id is "data" or "wavl") return LeftOver($"A second chunk of samples at byte {at} ({size} bytes declared) is left out.");
            if (id is "RIFF" or "RF64" or "BW64") return LeftOver($"A second WAV file begins at byte {at}; it is left out.");
            var skipped = source.Skip(Math.Min((long)size + (size & 1), MaxBytes + 1));
            if (skipped < Math.Min(size, MaxBytes + 1))
                return LeftOver($"The bytes after the samples, from byte {at} on, are not a complete chunk ({FileSignatures.Shown(id)}, {size} bytes declared, {skipped} present); they are left out.");
        }

        return LeftOver($"More than {MaxChunks} chunks or {MaxBytes} bytes follow the samples; they are left out.");
    }

    private static AudioWarning LeftOver(string text) => new(AudioWarningCode.LeftOver, text);

    private static bool IsId(ReadOnlySpan<byte> id)
    {
        foreach (var letter in id)
            if (!char.IsAsciiLetterOrDigit((char)letter) && letter is not ((byte)' ' or (byte)'_' or (byte)'-')) return false;
        return true;
    }
}

using System.Buffers.Binary;
using Qwen2Audio.Audio.Mel;

namespace Qwen2Audio.Training.Data.Synthesis;

/// <summary>The bytes of a 16-bit mono WAV file.</summary>
internal static class WaveBytes
{
    /// <summary>Bytes before the samples.</summary>
    public const int Header = 44;

    /// <summary>A file's bytes; samples are scaled so that the largest is 0.5.</summary>
    public static byte[] Of(ReadOnlySpan<float> samples, int sampleRate)
    {
        var bytes = new byte[Header + (2 * samples.Length)];
        PutHeader(bytes, bytes.Length, sampleRate);
        var scale = ClipLogMel.PeakScale(samples) * short.MaxValue;
        for (var i = 0; i < samples.Length; i++)
            BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(Header + (2 * i)), (short)MathF.Round(samples[i] * scale));
        return bytes;
    }

    /// <summary>True for the bytes of a whole file as <see cref="Of"/> makes them, with one sample at least.</summary>
    public static bool AreWhole(ReadOnlySpan<byte> bytes, int sampleRate)
    {
        if (bytes.Length <= Header || bytes.Length % 2 != 0) return false;
        Span<byte> header = stackalloc byte[Header];
        PutHeader(header, bytes.Length, sampleRate);
        return bytes.StartsWith(header);
    }

    /// <summary>Writes the header of a file of this many bytes.</summary>
    private static void PutHeader(Span<byte> header, int length, int sampleRate)
    {
        "RIFF"u8.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], length - 8);
        "WAVEfmt "u8.CopyTo(header[8..]);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], 16);
        BinaryPrimitives.WriteInt16LittleEndian(header[20..], 1); // PCM
        BinaryPrimitives.WriteInt16LittleEndian(header[22..], 1); // channels
        BinaryPrimitives.WriteInt32LittleEndian(header[24..], sampleRate);
        BinaryPrimitives.WriteInt32LittleEndian(header[28..], 2 * sampleRate);
        BinaryPrimitives.WriteInt16LittleEndian(header[32..], 2);
        BinaryPrimitives.WriteInt16LittleEndian(header[34..], 16);
        "data"u8.CopyTo(header[36..]);
        BinaryPrimitives.WriteInt32LittleEndian(header[40..], length - Header);
    }
}

using System.Buffers.Binary;
using Qwen2Audio.Audio;

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
        "RIFF"u8.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), bytes.Length - 8);
        "WAVEfmt "u8.CopyTo(bytes.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(20), 1); // PCM
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(22), 1); // channels
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(24), sampleRate);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(28), 2 * sampleRate);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(32), 2);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(34), 16);
        "data"u8.CopyTo(bytes.AsSpan(36));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(40), 2 * samples.Length);
        var scale = ClipLogMel.PeakScale(samples) * short.MaxValue;
        for (var i = 0; i < samples.Length; i++)
            BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(Header + (2 * i)), (short)MathF.Round(samples[i] * scale));
        return bytes;
    }
}

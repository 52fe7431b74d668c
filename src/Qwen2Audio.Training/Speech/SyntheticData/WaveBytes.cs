using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Audio.Wav;

namespace Qwen2Audio.Training.Speech.SyntheticData;

/// <summary>The bytes of a 16-bit mono WAV file.</summary>
internal static class WaveBytes
{
    /// <summary>The bytes of a file, with samples scaled to a peak of 0.5.</summary>
    public static byte[] Of(ReadOnlySpan<float> samples, int sampleRate)
    {
        var scaled = new float[samples.Length];
        var scale = ClipLogMel.PeakScale(samples) * short.MaxValue;
        for (var i = 0; i < scaled.Length; i++) scaled[i] = samples[i] * scale / -short.MinValue;
        using var stream = new MemoryStream(WavWriter.HeaderBytes + 2 * samples.Length);
        WavWriter.Write(stream, scaled, sampleRate);
        return stream.ToArray();
    }

    /// <summary>True for a complete file as <see cref="Of"/> writes it, with at least one sample.</summary>
    public static bool AreWhole(ReadOnlySpan<byte> bytes, int sampleRate)
    {
        if (bytes.Length <= WavWriter.HeaderBytes || bytes.Length % 2 != 0) return false;
        Span<byte> header = stackalloc byte[WavWriter.HeaderBytes];
        WavWriter.PutHeader(header, (uint)(bytes.Length - header.Length), sampleRate);
        return bytes.StartsWith(header);
    }
}

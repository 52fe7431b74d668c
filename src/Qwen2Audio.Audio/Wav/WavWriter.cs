using System.Buffers.Binary;

namespace Qwen2Audio.Audio.Wav;

/// <summary>How <see cref="WavWriter"/> stores samples.</summary>
public enum WavEncoding
{
    /// <summary>16-bit integers.</summary>
    Integer16,

    /// <summary>32-bit IEEE float.</summary>
    Float32,
}

/// <summary>Writes WAV (RIFF) files.</summary>
public static class WavWriter
{
    /// <summary>Size of the header before the samples.</summary>
    public const int HeaderBytes = 44;

    /// <summary>Writes a whole file to a stream, which need not be seekable.</summary>
    /// <param name="stream">The output.</param>
    /// <param name="samples">Interleaved, full scale ±1.</param>
    /// <param name="sampleRate">Hz.</param>
    /// <param name="channels">Number of channels; must divide the number of samples.</param>
    /// <param name="encoding">For 16-bit integers, samples are rounded to nearest, ties to even.</param>
    /// <returns>The number of samples clipped to the 16-bit range.</returns>
    /// <exception cref="ArgumentException">A sample is not finite, or a count or size is out of range; nothing was written.</exception>
    public static int Write(Stream stream, ReadOnlySpan<float> samples, int sampleRate, int channels = 1, WavEncoding encoding = WavEncoding.Integer16)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (channels < 1 || samples.Length % channels != 0)
            throw new ArgumentException($"{samples.Length} samples cannot be split into {channels} channels; allowed: 1 to {WavFormat.MaxChannels} channels that divide the number of samples.");
        for (var i = 0; i < samples.Length; i++)
            if (!float.IsFinite(samples[i])) throw new ArgumentException($"Sample {i} is {samples[i]}; only finite numbers can be written.");
        var dataBytes = (long)samples.Length * (encoding == WavEncoding.Integer16 ? 2 : 4);
        if (dataBytes > uint.MaxValue - HeaderBytes) throw new ArgumentException($"{dataBytes} bytes of samples do not fit a RIFF file (4 GiB).");
        var pieces = new WavPieces(stream, new AudioForm(sampleRate, channels), encoding, samples.Length / channels);
        pieces.Add(samples);
        return (int)pieces.Clipped;
    }

    internal static int ToInteger16(ReadOnlySpan<float> samples, Span<byte> bytes)
    {
        var clipped = 0;
        for (var i = 0; i < samples.Length; i++)
        {
            var scaled = MathF.Round(samples[i] * 32768f);
            var kept = Math.Clamp(scaled, short.MinValue, short.MaxValue);
            if (scaled != kept) clipped++;
            BinaryPrimitives.WriteInt16LittleEndian(bytes[(2 * i)..], (short)kept);
        }

        return clipped;
    }

    /// <summary>Writes the first <see cref="HeaderBytes"/> bytes of a file with the given number of bytes of samples.</summary>
    public static void PutHeader(Span<byte> header, uint dataBytes, int sampleRate, int channels = 1, WavEncoding encoding = WavEncoding.Integer16)
    {
        var width = encoding == WavEncoding.Integer16 ? 2 : 4;
        "RIFF"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], HeaderBytes - 8 + dataBytes);
        "WAVEfmt "u8.CopyTo(header[8..]);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], 16);
        BinaryPrimitives.WriteInt16LittleEndian(header[20..], (short)(width == 2 ? 1 : 3));
        BinaryPrimitives.WriteInt16LittleEndian(header[22..], (short)channels);
        BinaryPrimitives.WriteInt32LittleEndian(header[24..], sampleRate);
        BinaryPrimitives.WriteInt32LittleEndian(header[28..], sampleRate * channels * width);
        BinaryPrimitives.WriteInt16LittleEndian(header[32..], (short)(channels * width));
        BinaryPrimitives.WriteInt16LittleEndian(header[34..], (short)(8 * width));
        "data"u8.CopyTo(header[36..]);
        BinaryPrimitives.WriteUInt32LittleEndian(header[40..], dataBytes);
    }
}

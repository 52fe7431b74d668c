using System.Buffers.Binary;

namespace Qwen2Audio.Audio.Wav;

/// <summary>
/// Writes a WAV file in pieces. If its length is not known at the beginning, the header is completed at the end where the stream can seek; in a
/// pipe, and beyond 4 GiB, it says that the samples last until the file ends.
/// </summary>
public sealed class WavPieces : AudioWriter
{
    private readonly WavEncoding _encoding;

    /// <summary>Writes the header.</summary>
    /// <param name="stream">The output; it stays open.</param>
    /// <param name="form">Sampling rate and channels.</param>
    /// <param name="encoding">How samples are stored.</param>
    /// <param name="frames">Samples per channel that will come; null: not known.</param>
    /// <exception cref="ArgumentException">A number is out of range.</exception>
    public WavPieces(Stream stream, AudioForm form, WavEncoding encoding = WavEncoding.Integer16, long? frames = null)
        : base(stream, form, frames, WavFormat.MaxRate, WavFormat.MaxChannels)
    {
        _encoding = encoding;
        WriteHeader(Declared * Width);
    }

    private protected override int Width => _encoding == WavEncoding.Integer16 ? 2 : 4;

    private protected override int Convert(ReadOnlySpan<float> samples, Span<byte> bytes)
    {
        if (_encoding == WavEncoding.Integer16) return base.Convert(samples, bytes);
        for (var i = 0; i < samples.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes[(4 * i)..], samples[i]);
        return 0;
    }

    private protected override void Put(ReadOnlySpan<byte> bytes) => Stream.Write(bytes);

    private protected override void Complete()
    {
        if (Declared is not null || !Stream.CanSeek) return;
        Stream.Position -= WavWriter.HeaderBytes + Samples * Width;
        WriteHeader(Samples * Width);
        Stream.Position += Samples * Width;
    }

    private void WriteHeader(long? bytes)
    {
        Span<byte> header = stackalloc byte[WavWriter.HeaderBytes];
        if (bytes <= uint.MaxValue - WavWriter.HeaderBytes) WavWriter.PutHeader(header, (uint)bytes.Value, Form.SampleRate, Form.Channels, _encoding);
        else
        {
            WavWriter.PutHeader(header, 0, Form.SampleRate, Form.Channels, _encoding);
            BinaryPrimitives.WriteUInt32LittleEndian(header[4..], uint.MaxValue);
            BinaryPrimitives.WriteUInt32LittleEndian(header[40..], uint.MaxValue);
        }

        Stream.Write(header);
    }
}

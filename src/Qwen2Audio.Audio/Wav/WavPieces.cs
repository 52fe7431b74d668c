using System.Buffers.Binary;

namespace Qwen2Audio.Audio.Wav;

/// <summary>
/// Writes a WAV file in pieces. If its length is not known at the beginning, the header is completed at the end where the stream can seek; in a
/// pipe, and beyond 4 GiB, it says that the samples last until the file ends.
/// </summary>
public sealed class WavPieces
{
    private readonly Stream _stream;
    private readonly AudioForm _form;
    private readonly WavEncoding _encoding;
    private readonly long? _declared;
    private readonly byte[] _bytes = new byte[1 << 16];
    private long _samples;

    /// <summary>Writes the header.</summary>
    /// <param name="stream">The output; it stays open.</param>
    /// <param name="form">Sampling rate and channels.</param>
    /// <param name="encoding">For 16-bit integers, samples are rounded to nearest, ties to even.</param>
    /// <param name="frames">Samples per channel that will come; null: not known.</param>
    /// <exception cref="ArgumentException">A number is out of range.</exception>
    public WavPieces(Stream stream, AudioForm form, WavEncoding encoding = WavEncoding.Integer16, long? frames = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (form.SampleRate is < WavFormat.MinRate or > WavFormat.MaxRate)
            throw new ArgumentOutOfRangeException(nameof(form), form.SampleRate, $"The rate must be {WavFormat.MinRate} to {WavFormat.MaxRate} Hz.");
        if (form.Channels is < 1 or > WavFormat.MaxChannels) throw new ArgumentOutOfRangeException(nameof(form), form.Channels, $"There must be 1 to {WavFormat.MaxChannels} channels.");
        (_stream, _form, _encoding, _declared) = (stream, form, encoding, frames * form.Channels);
        WriteHeader(_declared * Width);
    }

    /// <summary>Number of samples clipped to the 16-bit range so far.</summary>
    public long Clipped { get; private set; }

    private int Width => _encoding == WavEncoding.Integer16 ? 2 : 4;

    /// <summary>Writes samples, interleaved, full scale ±1.</summary>
    /// <exception cref="ArgumentException">A sample is not finite, or there are more than declared; none of these samples was written.</exception>
    public void Add(ReadOnlySpan<float> samples)
    {
        if (samples.Length > _declared - _samples) throw new ArgumentException($"{_samples + samples.Length} samples; {_declared} were declared.", nameof(samples));
        for (var i = 0; i < samples.Length; i++)
            if (!float.IsFinite(samples[i])) throw new ArgumentException($"Sample {_samples + i} is {samples[i]}; only finite numbers can be written.", nameof(samples));
        _samples += samples.Length;
        while (samples.Length > 0)
        {
            var piece = samples[..Math.Min(_bytes.Length / Width, samples.Length)];
            if (_encoding == WavEncoding.Integer16) Clipped += WavWriter.ToInteger16(piece, _bytes);
            else
                for (var i = 0; i < piece.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(_bytes.AsSpan(4 * i), piece[i]);
            _stream.Write(_bytes, 0, piece.Length * Width);
            samples = samples[piece.Length..];
        }
    }

    /// <summary>Completes the file.</summary>
    /// <exception cref="InvalidOperationException">Fewer samples came than declared.</exception>
    public void Finish()
    {
        if (_samples < _declared) throw new InvalidOperationException($"{_samples} samples; {_declared} were declared.");
        if (_declared is null && _stream.CanSeek)
        {
            _stream.Position -= WavWriter.HeaderBytes + _samples * Width;
            WriteHeader(_samples * Width);
            _stream.Position += _samples * Width;
        }

        _stream.Flush();
    }

    private void WriteHeader(long? bytes)
    {
        Span<byte> header = stackalloc byte[WavWriter.HeaderBytes];
        if (bytes <= uint.MaxValue - WavWriter.HeaderBytes) WavWriter.PutHeader(header, (uint)bytes.Value, _form.SampleRate, _form.Channels, _encoding);
        else
        {
            WavWriter.PutHeader(header, 0, _form.SampleRate, _form.Channels, _encoding);
            BinaryPrimitives.WriteUInt32LittleEndian(header[4..], uint.MaxValue);
            BinaryPrimitives.WriteUInt32LittleEndian(header[40..], uint.MaxValue);
        }

        _stream.Write(header);
    }
}

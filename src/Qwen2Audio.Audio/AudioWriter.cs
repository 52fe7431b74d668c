using Qwen2Audio.Audio.Flac;
using Qwen2Audio.Audio.Wav;

namespace Qwen2Audio.Audio;

/// <summary>A form of audio files that can be written.</summary>
public enum AudioFileFormat
{
    /// <summary>WAV (RIFF), 16-bit integers.</summary>
    Wav,

    /// <summary>FLAC, 16-bit integers.</summary>
    Flac,

    /// <summary>16-bit integers, little-endian, without a header.</summary>
    Raw,
}

/// <summary>Writes audio to a stream in pieces of any length.</summary>
public abstract class AudioWriter
{
    private readonly byte[] _bytes = new byte[1 << 16];
    private readonly long? _declared;

    private protected AudioWriter(Stream stream, AudioForm form, long? frames, int maxRate, int maxChannels)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (form.SampleRate is < WavFormat.MinRate || form.SampleRate > maxRate)
            throw new ArgumentOutOfRangeException(nameof(form), form.SampleRate, $"The rate must be {WavFormat.MinRate} to {maxRate} Hz.");
        if (form.Channels < 1 || form.Channels > maxChannels) throw new ArgumentOutOfRangeException(nameof(form), form.Channels, $"There must be 1 to {maxChannels} channels.");
        (Stream, Form, _declared) = (stream, form, frames * form.Channels);
    }

    /// <summary>Number of samples clipped to the 16-bit range so far.</summary>
    public long Clipped { get; private set; }

    /// <summary>Number of samples, of all channels, so far.</summary>
    private protected long Samples { get; private set; }

    private protected Stream Stream { get; }

    private protected AudioForm Form { get; }

    /// <summary>Number of samples that will come, of all channels; null: not known.</summary>
    private protected long? Declared => _declared;

    /// <summary>Bytes of a sample that <see cref="Put"/> receives.</summary>
    private protected virtual int Width => 2;

    /// <summary>A writer for a format; what comes before the samples is written at once.</summary>
    /// <param name="stream">The output; it stays open.</param>
    /// <param name="form">Sampling rate and channels.</param>
    /// <param name="format">The format.</param>
    /// <param name="frames">Samples per channel that will come; null: not known. A stream that can seek gets the length at the end.</param>
    /// <exception cref="ArgumentException">A number is out of range.</exception>
    public static AudioWriter Create(Stream stream, AudioForm form, AudioFileFormat format, long? frames = null) => format switch
    {
        AudioFileFormat.Wav => new WavPieces(stream, form, frames: frames),
        AudioFileFormat.Flac => new FlacPieces(stream, form, frames),
        AudioFileFormat.Raw => new RawPieces(stream, form, frames),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "There is no such format."),
    };

    /// <summary>The format that a file's name asks for, by its ending; a name without ending asks for WAV. Null: not one that is written here.</summary>
    public static AudioFileFormat? FormatOf(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        "" or ".wav" or ".wave" => AudioFileFormat.Wav,
        ".flac" => AudioFileFormat.Flac,
        _ => null,
    };

    /// <summary>Writes samples, interleaved, full scale ±1. To 16-bit integers they are rounded to nearest, ties to even.</summary>
    /// <exception cref="ArgumentException">A sample is not finite, or there are more than declared; none of these samples was written.</exception>
    public void Add(ReadOnlySpan<float> samples)
    {
        if (samples.Length > _declared - Samples) throw new ArgumentException($"{Samples + samples.Length} samples; {_declared} were declared.", nameof(samples));
        for (var i = 0; i < samples.Length; i++)
            if (!float.IsFinite(samples[i])) throw new ArgumentException($"Sample {Samples + i} is {samples[i]}; only finite numbers can be written.", nameof(samples));
        Samples += samples.Length;
        while (samples.Length > 0)
        {
            var piece = samples[..Math.Min(_bytes.Length / Width, samples.Length)];
            var bytes = _bytes.AsSpan(0, piece.Length * Width);
            Clipped += Convert(piece, bytes);
            Put(bytes);
            samples = samples[piece.Length..];
        }
    }

    /// <summary>Completes the file.</summary>
    /// <exception cref="InvalidOperationException">Fewer samples came than declared.</exception>
    public void Finish()
    {
        if (Samples < _declared) throw new InvalidOperationException($"{Samples} samples; {_declared} were declared.");
        Complete();
        Stream.Flush();
    }

    private protected virtual int Convert(ReadOnlySpan<float> samples, Span<byte> bytes) => WavWriter.ToInteger16(samples, bytes);

    private protected abstract void Put(ReadOnlySpan<byte> bytes);

    private protected abstract void Complete();
}

/// <summary>Writes samples without a header.</summary>
internal sealed class RawPieces(Stream stream, AudioForm form, long? frames) : AudioWriter(stream, form, frames, WavFormat.MaxRate, WavFormat.MaxChannels)
{
    private protected override void Put(ReadOnlySpan<byte> bytes) => Stream.Write(bytes);

    private protected override void Complete()
    {
    }
}

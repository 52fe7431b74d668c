using System.Runtime.ExceptionServices;
using Qwen2Audio.Audio.Reading;
using Qwen2Audio.Audio.Wav;

namespace Qwen2Audio.Audio.Compressed;

/// <summary>
/// Decodes everything except FLAC and plain WAV (MP3, Ogg Vorbis, Opus, AIFF, …) with libsndfile, block by block. Memory grows with the
/// decoded samples up to the limits, whatever the file declares. Failures of the library become <see cref="AudioFormatException"/>.
/// </summary>
internal sealed class SndFileReader(ByteSource source, ReadRequest request, Content content)
{
    private const int BlockSamples = 1 << 14;
    private const int UnrecognisedFormat = 1;
    private const int UnsupportedEncoding = 4;
    private readonly List<AudioWarning> _warnings = [];

    /// <summary>Reads everything. <paramref name="installed"/>: whether libsndfile is installed.</summary>
    public AudioClip Read(bool installed)
    {
        if (!installed)
            throw source.Fault(AudioFault.LibraryMissing, "content", $"{content.Name}, which needs the library libsndfile; it is not installed",
                "WAV or FLAC, or libsndfile installed: apt-get install libsndfile1 (Debian, Ubuntu), dnf install libsndfile (Fedora), "
                + "brew install libsndfile (macOS), or sndfile.dll next to the program (Windows)");
        var copied = !source.CanSeek;
        var stream = source.Seekable(request.Options.MaxDecodedBytes, request.Cancellation);
        var end = ContainerEnds.Find(stream);
        var input = new SndFileInput(stream, end);
        try
        {
            return Read(input, end, copied ? stream.Length : 0);
        }
        catch (Exception) when (input.Error is not null)
        {
            ExceptionDispatchInfo.Throw(input.Error);
            throw;
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            throw source.Fault(AudioFault.LibraryMissing, "content", $"{content.Name}, and libsndfile cannot be used ({exception.Message})", "libsndfile 1.0.28 or newer");
        }
        catch (Exception exception) when (exception is not (AudioFormatException or OperationCanceledException or OutOfMemoryException))
        {
            throw source.Damaged("content", $"{content.Name} that {SndFile.Version} fails on ({exception.Message})", $"{content.Name}, undamaged");
        }
    }

    private AudioClip Read(SndFileInput input, ContainerEnd end, long held)
    {
        var (io, info) = (input.Io, default(SndFile.Info));
        using var file = SndFile.Open(ref io, ref info);
        Rethrow(input);
        if (file.IsInvalid) throw NotOpened(file);
        if (info.Channels is < 1 or > WavFormat.MaxChannels) throw source.Damaged("header: channels", $"{info.Channels}", $"1 to {WavFormat.MaxChannels}");
        if (info.SampleRate is < WavFormat.MinRate or > WavFormat.MaxRate)
            throw source.Damaged("header: sample rate", $"{info.SampleRate} Hz", $"{WavFormat.MinRate} to {WavFormat.MaxRate} Hz");
        using var sink = new SampleSink(source, request, info.SampleRate, info.Channels, expected: 0, held);
        Decode(file, input, info, end, sink);
        Finish(info, end, sink);
        GC.KeepAlive(input);
        return sink.ToClip(_warnings, SndFile.Describe(info.Format));
    }

    private AudioFormatException NotOpened(SndFileHandle file)
    {
        if (content.Kind == ContentKind.Unknown) return source.Fault(AudioFault.NotAudio, "content", content.Name, AudioFile.Accepted);
        var unknown = content.Kind == ContentKind.CodedWav || SndFile.ErrorCode(file) is UnrecognisedFormat or UnsupportedEncoding;
        return source.Fault(unknown ? AudioFault.NotSupported : AudioFault.Damaged, "content", $"{content.Name} that {SndFile.Version} does not open ({SndFile.ErrorText(file)})",
            "complete files in a format that it supports (MP3 from version 1.1 on);" + AudioFile.Accepted + FileSignatures.ConvertAdvice);
    }

    private void Decode(SndFileHandle file, SndFileInput input, in SndFile.Info info, ContainerEnd end, SampleSink sink)
    {
        var frames = Math.Max(1, BlockSamples / info.Channels);
        var block = new float[frames * info.Channels];
        var check = new SampleCheck(source, request.Options, info.Channels);
        // In codings of fixed sample size the number of bytes gives the number of samples, whatever the library takes from the header.
        var most = MaxSamples(info, end);
        while (!sink.IsTruncated && sink.Count + info.Channels <= most)
        {
            var got = SndFile.ReadFrames(file, block, Math.Min(frames, (most - sink.Count) / info.Channels));
            Rethrow(input);
            if (got <= 0) break;
            var samples = block.AsSpan(0, (int)got * info.Channels);
            check.Check(samples, sink.Count);
            sink.Add(samples);
        }

        if (!sink.IsTruncated && SndFile.ErrorCode(file) != 0)
            throw source.Damaged($"after {sink.Count / info.Channels} samples", SndFile.ErrorText(file), $"{content.Name}, undamaged");
        // Lossy codings often overshoot full scale, so the peak is not reported.
        check.Report(_warnings, peak: false);
    }

    private void Finish(in SndFile.Info info, ContainerEnd end, SampleSink sink)
    {
        var done = sink.Count / info.Channels;
        if (sink.IsTruncated)
        {
            _warnings.Add(sink.CutWarning());
            return;
        }

        var frames = Math.Min(info.Frames, MaxSamples(info, end) / info.Channels);
        var countKnown = end.Kind != EndKind.Open && info.Frames is > 0 and < long.MaxValue;
        if (end.Kind == EndKind.Early || (countKnown && done < frames))
        {
            var total = countKnown && done < frames ? $" of {frames}" : "";
            if (request.Options.TruncatedData == TruncatedData.Refuse)
                throw source.Fault(AudioFault.Truncated, "samples", $"{done}{total} samples, then the end of the file",
                    "all samples");
            Warn(AudioWarningCode.Truncated, $"The file ends early: {done}{total} samples are used.");
        }
        else if (end.Kind == EndKind.Open) Warn(AudioWarningCode.LengthUnknown, end.OpenBecause);
        var block = SndFile.SampleBytes(info.Format) is > 0 and var bytes ? bytes * info.Channels : end.BlockBytes;
        if (block > 0 && end.Kind != EndKind.Early && end.SampleBytes % block is > 0 and var part)
            Warn(AudioWarningCode.PartialSample, $"The last block of samples is incomplete: {part} of {block} bytes.");
        foreach (var rest in end.LeftOver) Warn(AudioWarningCode.LeftOver, rest);
        if (end.Samples - end.Added > done && done > 0)
            Warn(AudioWarningCode.LeftOver, $"The frames hold {end.Samples} samples, more than the file declares; all after the first {done} are left out.");
        if (done == 0) Warn(AudioWarningCode.Empty, "The file holds no samples.");
    }

    private static long MaxSamples(in SndFile.Info info, ContainerEnd end) =>
        SndFile.SampleBytes(info.Format) is > 0 and var bytes && end.SampleBytes is { } all ? all / bytes : long.MaxValue;

    private void Warn(AudioWarningCode code, string text) => _warnings.Add(new AudioWarning(code, text));

    private static void Rethrow(SndFileInput input)
    {
        if (input.Error is { } error) ExceptionDispatchInfo.Throw(error);
    }
}

using System.Runtime.ExceptionServices;

namespace Qwen2Audio.Audio;

/// <summary>
/// Decodes what is neither WAV nor FLAC (MP3, Ogg Vorbis, Opus, AIFF, …) with libsndfile, block by block: memory follows what arrives
/// and ends at the limits, whatever the file declares.
/// </summary>
internal sealed class SndFileReader(ByteSource source, AudioReadOptions options, string content)
{
    private const int BlockSamples = 1 << 14;
    private const int UnrecognisedFormat = 1;
    private const int UnsupportedEncoding = 4;
    private readonly List<AudioWarning> _warnings = [];

    /// <summary>Reads everything. <paramref name="installed"/>: whether libsndfile is there.</summary>
    public AudioClip Read(bool installed)
    {
        if (!installed)
            throw source.Fault(AudioFault.LibraryMissing, "content", $"{content}, for which the library libsndfile is needed and not installed",
                "WAV or FLAC, or libsndfile installed: apt-get install libsndfile1 (Debian, Ubuntu), dnf install libsndfile (Fedora), "
                + "brew install libsndfile (macOS), or sndfile.dll beside the program (Windows)");
        Stream stream = source.Seekable(options.MaxDecodedBytes);
        ContainerEnd end = ContainerEnds.Find(stream);
        var input = new SndFileInput(stream, end.AudioBytes);
        var (io, info) = (input.Io, default(SndFile.Info));
        using SndFileHandle file = SndFile.Open(ref io, ref info);
        Rethrow(input);
        if (file.IsInvalid)
        {
            bool unknown = SndFile.ErrorCode(file) is UnrecognisedFormat or UnsupportedEncoding;
            throw source.Fault(unknown ? AudioFault.NotSupported : AudioFault.Damaged, "content",
                $"{content} that {SndFile.Version} does not open ({SndFile.ErrorText(file)})", "whole files of a form that it reads (MP3 from version 1.1 on); " + AudioFile.Accepted);
        }
        if (info.Channels < 1 || info.SampleRate < 1)
            throw source.Damaged("header", $"{info.Channels} channels at {info.SampleRate} Hz", "at least one channel, at a positive rate");
        var sink = new SampleSink(source, options, info.SampleRate, info.Channels, certain: 0);
        Decode(file, input, info, sink);
        Finish(info, end, sink);
        GC.KeepAlive(input);
        return new AudioClip(sink.ToArray(), info.SampleRate, info.Channels, _warnings) { Encoding = SndFile.Describe(info.Format) };
    }

    private void Decode(SndFileHandle file, SndFileInput input, in SndFile.Info info, SampleSink sink)
    {
        int frames = Math.Max(1, BlockSamples / info.Channels);
        float[] block = new float[frames * info.Channels];
        var check = new SampleCheck(source, options, info.Channels);
        while (!sink.Cut)
        {
            long got = SndFile.ReadFrames(file, block, frames);
            Rethrow(input);
            if (got <= 0) break;
            Span<float> samples = block.AsSpan(0, (int)got * info.Channels);
            check.Check(samples, sink.Count);
            sink.Add(samples);
        }
        if (!sink.Cut && SndFile.ErrorCode(file) != 0)
            throw source.Damaged($"after {sink.Count / info.Channels} samples", SndFile.ErrorText(file), $"{content} without damage");
        // overshoot is usual in lossy codings, so the peak is not reported
        check.Report(_warnings, peak: false);
    }

    private void Finish(in SndFile.Info info, ContainerEnd end, SampleSink sink)
    {
        long done = sink.Count / info.Channels;
        if (sink.Cut)
        {
            _warnings.Add(sink.CutWarning());
            return;
        }
        bool countKnown = info.Frames is > 0 and < long.MaxValue;
        if (end.Kind == EndKind.Early || (countKnown && done < info.Frames))
        {
            string total = countKnown && done < info.Frames ? $" of {info.Frames}" : "";
            if (options.TruncatedData == TruncatedData.Refuse)
                throw source.Fault(AudioFault.Truncated, "samples", $"{done}{total} samples, then the end of the file",
                    "all samples");
            _warnings.Add(new AudioWarning(AudioWarningCode.Truncated, $"The file ends early: {done}{total} samples are used."));
        }
        else if (end.Kind == EndKind.Unmarked)
            _warnings.Add(new AudioWarning(AudioWarningCode.LengthUnknown, "The last page of the Ogg file is not marked as the last one; what is there is used."));
        foreach (string rest in end.LeftOver) _warnings.Add(new AudioWarning(AudioWarningCode.LeftOver, rest));
        if (end.Samples - end.Added > done && done > 0)
            _warnings.Add(new AudioWarning(AudioWarningCode.LeftOver,
                $"The frames hold {end.Samples} samples, more than the file declares; what follows the first {done} is left out."));
        if (done == 0) _warnings.Add(new AudioWarning(AudioWarningCode.Empty, "The file holds no samples."));
    }

    private static void Rethrow(SndFileInput input)
    {
        if (input.Error is { } error) ExceptionDispatchInfo.Throw(error);
    }
}

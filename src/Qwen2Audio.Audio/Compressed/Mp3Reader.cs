using Qwen2Audio.Audio.Reading;
using Qwen2Audio.Audio.Wav;

namespace Qwen2Audio.Audio.Compressed;

/// <summary>Decodes MP3 with libmpg123, block by block, from the first frame to the end of the last one.</summary>
internal sealed class Mp3Reader(ByteSource source, ReadRequest request)
{
    private const int BlockBytes = 1 << 14;
    private const int BlockSamples = 1 << 14;
    private readonly List<AudioWarning> _warnings = [];
    private int _channels = 1;

    public AudioClip Read()
    {
        var copied = !source.CanSeek;
        var layer = (source.Peek(2)[1] & 6) == 4 ? "II" : "III";
        var stream = source.Seekable(request.Options.MaxDecodedBytes, request.Cancellation);
        var end = ContainerEnds.Find(stream);
        var left = end.AudioBytes ?? stream.Length - stream.Position;
        using var decoder = Mpg123.Open() ?? throw new InvalidOperationException("libmpg123 cannot create a decoder.");
        SampleSink? sink = null;
        try
        {
            var (bytes, samples) = (new byte[BlockBytes], new float[BlockSamples]);
            var given = 0;
            while (sink is not { IsTruncated: true })
            {
                var result = Mpg123.Decode(decoder, bytes, given, samples, out var made);
                given = 0;
                if (result == Mpg123.NewFormat) sink ??= Sink(decoder, copied ? stream.Length : 0);
                if (made > 0) (sink ??= Sink(decoder, copied ? stream.Length : 0)).Add(samples.AsSpan(0, made));
                if (result == Mpg123.NeedMore)
                {
                    given = left > 0 ? stream.Read(bytes, 0, (int)Math.Min(bytes.Length, left)) : 0;
                    left -= given;
                    if (given == 0) break;
                }
                else if (result == Mpg123.Done) break;
                else if (result < 0 && result != Mpg123.NewFormat)
                    throw source.Damaged(sink is null ? "content" : $"after {sink.Count} samples of all channels", Mpg123.ErrorText(decoder), "an undamaged MP3 file");
            }

            if (sink is null)
                throw source.Damaged("content", "an MP3 file in which no frame can be decoded", "complete frames;" + AudioFile.Accepted + FileSignatures.ConvertAdvice);
            Finish(Mpg123.Length(decoder), end, sink);
            return sink.ToClip(_warnings, $"MPEG-1/2 Audio, MPEG Layer {layer}");
        }
        finally
        {
            sink?.Dispose();
        }
    }

    private SampleSink Sink(Mpg123Handle decoder, long held)
    {
        var (rate, channels) = Mpg123.Format(decoder);
        if (channels < 1 || rate is < WavFormat.MinRate or > WavFormat.MaxRate)
            throw source.Damaged("header", $"{channels} channels at {rate} Hz", $"1 or 2 channels at {WavFormat.MinRate} to {WavFormat.MaxRate} Hz");
        _channels = channels;
        return new SampleSink(source, request, rate, channels, expected: 0, held);
    }

    private void Finish(long declared, ContainerEnd end, SampleSink sink)
    {
        var done = sink.Count / _channels;
        if (sink.IsTruncated)
        {
            _warnings.Add(sink.CutWarning());
            return;
        }

        if (end.Kind == EndKind.Early || done < declared)
        {
            var total = done < declared ? $" of {declared}" : "";
            if (request.Options.TruncatedData == TruncatedData.Refuse)
                throw source.Fault(AudioFault.Truncated, "samples", $"{done}{total} samples, then the end of the file", "all samples");
            Warn(AudioWarningCode.Truncated, $"The file ends early: {done}{total} samples are used.");
        }

        foreach (var rest in end.LeftOver) Warn(AudioWarningCode.LeftOver, rest);
        if (end.Samples - end.Added > done && done > 0)
            Warn(AudioWarningCode.LeftOver, $"The frames hold {end.Samples} samples, more than the file declares; all after the first {done} are left out.");
        if (done == 0) Warn(AudioWarningCode.Empty, "The file holds no samples.");
    }

    private void Warn(AudioWarningCode code, string text) => _warnings.Add(new AudioWarning(code, text));
}

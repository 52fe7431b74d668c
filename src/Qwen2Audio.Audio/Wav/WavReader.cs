using System.Buffers.Binary;
using Qwen2Audio.Audio.Reading;

namespace Qwen2Audio.Audio.Wav;

/// <summary>
/// Reads RIFF/RF64 WAVE. The data chunk is decoded; later chunks are only checked. Declared sizes are compared in 64 bits and never allocated.
/// </summary>
internal sealed class WavReader(ByteSource source, ReadRequest request)
{
    private const int MaxChunks = 1024;
    internal const int MaxFormatBytes = 1 << 16;
    private const int RiffSlack = 9; // some writers include the header or a padding byte
    private readonly List<AudioWarning> _warnings = [];
    private readonly WavTrailer _rest = new(source);
    private readonly AudioReadOptions _options = request.Options;
    private uint _riffSize;
    private bool _riffOpen;
    private long _riffEnd;
    private ulong? _declared64;

    public AudioClip Read()
    {
        Span<byte> head = stackalloc byte[12];
        source.Read(head);
        var wide = !head[..4].SequenceEqual("RIFF"u8);
        _riffSize = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
        _riffOpen = DeclaredSize.IsOpen(_riffSize);
        _riffEnd = _riffOpen ? 0 : source.Position - 4 + _riffSize;
        WavFormat? format = null;
        Span<byte> header = stackalloc byte[8];
        for (var chunk = 0; chunk < MaxChunks; chunk++)
        {
            var at = source.Position;
            var got = source.Read(header);
            if (got == 0) throw source.Fault(AudioFault.Truncated, $"byte {at}", "the end of the file", "a data chunk with samples");
            if (got < 8) throw source.Fault(AudioFault.Truncated, $"byte {at}", $"{got} bytes of a chunk header", "8 bytes");
            var id = Encoding.Latin1.GetString(header[..4]);
            var size = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
            switch (id)
            {
                case "fmt ":
                    if (format is not null) throw source.Damaged($"chunk {chunk} at byte {at}", "a second fmt chunk", "one fmt chunk");
                    format = ReadFormat(size);
                    break;
                case "data":
                    if (format is null) throw source.Damaged($"chunk {chunk} at byte {at}", "data before fmt", "fmt before data");
                    return ReadData(format.Value, size);
                case "ds64" when wide:
                    ReadSizes64(size);
                    break;
                default:
                    SkipChunk(id, at, size);
                    break;
            }
        }

        throw source.Damaged("chunks", $"{MaxChunks} chunks without data", $"data within the first {MaxChunks} chunks");
    }

    private WavFormat ReadFormat(uint size)
    {
        if (size is < 16 or > MaxFormatBytes) throw source.Damaged("fmt: size", $"{size} bytes", $"16 to {MaxFormatBytes} bytes");
        Span<byte> chunk = stackalloc byte[40];
        chunk = chunk[..(int)Math.Min(size, 40)];
        var got = source.Read(chunk);
        var rest = size + (size & 1) - got;
        if (got < chunk.Length || source.Skip(rest) < rest)
            throw source.Fault(AudioFault.Truncated, "fmt", "the end of the file", $"the {size} bytes that the chunk declares");
        var format = WavFormat.Parse(chunk, source);
        var byteRate = BinaryPrimitives.ReadUInt32LittleEndian(chunk[8..]);
        if (byteRate != (long)format.Rate * format.BlockBytes)
            _warnings.Add(new AudioWarning(AudioWarningCode.HeaderInconsistent,
                $"The header declares {byteRate} bytes per second; {format.Rate} Hz with {format.BlockBytes} bytes per frame are {(long)format.Rate * format.BlockBytes}. The sampling rate is used."));
        return format;
    }

    private void ReadSizes64(uint size)
    {
        Span<byte> chunk = stackalloc byte[24];
        if (size < 24) throw source.Damaged("ds64: size", $"{size} bytes", "at least 24 bytes");
        var rest = size + (size & 1) - 24L;
        if (source.Read(chunk) < 24 || source.Skip(rest) < rest)
            throw source.Fault(AudioFault.Truncated, "ds64", "the end of the file", $"the {size} bytes that the chunk declares");
        var riff = BinaryPrimitives.ReadUInt64LittleEndian(chunk);
        var data = BinaryPrimitives.ReadUInt64LittleEndian(chunk[8..]);
        _riffOpen = DeclaredSize.IsOpen(riff);
        _riffEnd = _riffOpen ? 0 : 8 + (long)Math.Min(riff, long.MaxValue - 8);
        if (data > long.MaxValue && !DeclaredSize.IsOpen(data)) throw source.Damaged("ds64: data size", $"{data}", $"at most {long.MaxValue}");
        _declared64 = data;
    }

    private void SkipChunk(string id, long at, uint size)
    {
        var padded = (long)size + (size & 1);
        var skipped = source.Skip(padded);
        // The padding byte after a final odd chunk is often missing.
        if (skipped < size)
            throw source.Fault(AudioFault.Truncated, $"chunk {FileSignatures.Shown(id)} at byte {at}", $"{size} bytes declared, {skipped} present", "chunks that lie within the file, and a data chunk");
    }

    private AudioClip ReadData(WavFormat format, uint size)
    {
        var written = size == uint.MaxValue ? _declared64 ?? size : size;
        // A chunk of size 0 is empty if other chunks follow; otherwise it was written as a stream.
        long? declared = written == 0 && !_rest.BeginsWithChunk(_riffEnd) ? null : (long)Math.Min(written, long.MaxValue);
        var expected = Math.Min(declared ?? long.MaxValue, source.Remaining ?? 0);
        using var sink = new SampleSink(source, request, format.Rate, format.Channels, expected / format.BlockBytes);
        var present = new WavData(source, _options, format, sink, _warnings).Read(declared);
        Report(format, declared, present, sink);
        return sink.ToClip(_warnings, format.Description);
    }

    private void Report(in WavFormat format, long? declared, long present, SampleSink sink)
    {
        if (sink.IsTruncated)
        {
            _warnings.Add(sink.CutWarning());
            return;
        }

        if (declared is null && present > 0)
            _warnings.Add(new AudioWarning(AudioWarningCode.LengthUnknown, $"The file does not declare its length; the {present} bytes up to its end are used."));
        else if (present < declared) EndsEarly(present, declared.Value);
        else if (declared is not null) LookAround(declared.Value);
        if (present % format.BlockBytes != 0)
            _warnings.Add(new AudioWarning(AudioWarningCode.PartialSample, $"{present % format.BlockBytes} bytes after the last whole sample are left out."));
        if (sink.Count == 0) _warnings.Add(new AudioWarning(AudioWarningCode.Empty, "The file holds no samples."));
    }

    private void EndsEarly(long present, long declared)
    {
        if (DeclaredSize.IsOpen((ulong)declared) || _riffOpen)
        {
            if (present > 0)
                _warnings.Add(new AudioWarning(AudioWarningCode.LengthUnknown,
                    $"The header declares {declared} bytes of samples, as programs that write to a pipe do; the {present} bytes up to the end of the file are used."));
            return;
        }

        if (_options.TruncatedData == TruncatedData.Refuse)
            throw source.Fault(AudioFault.Truncated, "data", $"{present} bytes", $"the {declared} bytes that the chunk declares");
        _warnings.Add(new AudioWarning(AudioWarningCode.Truncated, $"The file ends early: {present} of {declared} declared bytes of samples are used."));
    }

    private void LookAround(long samples)
    {
        var end = source.Position;
        if (samples > 0 && (_riffSize == 0 || (_riffEnd > 0 && _riffEnd < end)))
            _warnings.Add(new AudioWarning(AudioWarningCode.HeaderInconsistent,
                $"The RIFF header declares {_riffSize} bytes, which end before the {samples} bytes of samples do; all samples are used."));
        if (_rest.Look((samples & 1) != 0) is { } left) _warnings.Add(left);
        else if (_riffEnd > source.Position + RiffSlack)
            _warnings.Add(new AudioWarning(AudioWarningCode.HeaderInconsistent,
                $"The RIFF header declares {_riffEnd} bytes; the file has {source.Position}. All declared samples are present."));
    }
}

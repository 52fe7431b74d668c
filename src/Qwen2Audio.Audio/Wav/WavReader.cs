using System.Buffers.Binary;
using System.Text;

namespace Qwen2Audio.Audio;

/// <summary>
/// Reads RIFF/RF64 WAVE: the data chunk is decoded, what follows it only looked at. Sizes are compared in 64 bits and never allocated.
/// </summary>
internal sealed class WavReader(ByteSource source, AudioReadOptions options)
{
    private const int MaxChunks = 1024;
    private const int MaxFormatBytes = 1 << 16;
    private readonly List<AudioWarning> _warnings = [];
    private readonly WavRest _rest = new(source);
    private uint _riffSize;
    private long _riffEnd;
    private long? _declared64;

    public AudioClip Read()
    {
        Span<byte> head = stackalloc byte[12];
        source.Read(head);
        bool wide = !head[..4].SequenceEqual("RIFF"u8);
        _riffSize = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
        _riffEnd = IsOpen(_riffSize) ? 0 : source.Position - 4 + _riffSize;
        WavFormat? format = null;
        Span<byte> header = stackalloc byte[8];
        for (int chunk = 0; chunk < MaxChunks; chunk++)
        {
            long at = source.Position;
            int got = source.Read(header);
            if (got == 0) throw source.Fault(AudioFault.Truncated, $"byte {at}", "the end of the file", "a data chunk with samples");
            if (got < 8) throw source.Fault(AudioFault.Truncated, $"byte {at}", $"{got} bytes of a chunk header", "8 bytes");
            string id = Encoding.Latin1.GetString(header[..4]);
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
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
        int got = source.Read(chunk);
        long rest = size + (size & 1) - got;
        if (got < chunk.Length || source.Skip(rest) < rest)
            throw source.Fault(AudioFault.Truncated, "fmt", "the end of the file", $"the {size} bytes that the chunk declares");
        WavFormat format = WavFormat.Parse(chunk, source);
        uint byteRate = BinaryPrimitives.ReadUInt32LittleEndian(chunk[8..]);
        if (byteRate != (long)format.Rate * format.BlockBytes)
            _warnings.Add(new AudioWarning(AudioWarningCode.HeaderInconsistent,
                $"The header declares {byteRate} bytes a second; {format.Rate} Hz with {format.BlockBytes} bytes a sample of every channel are {(long)format.Rate * format.BlockBytes}. The sampling rate is used."));
        return format;
    }

    private void ReadSizes64(uint size)
    {
        Span<byte> chunk = stackalloc byte[24];
        if (size < 24) throw source.Damaged("ds64: size", $"{size} bytes", "at least 24 bytes");
        long rest = size + (size & 1) - 24L;
        if (source.Read(chunk) < 24 || source.Skip(rest) < rest)
            throw source.Fault(AudioFault.Truncated, "ds64", "the end of the file", $"the {size} bytes that the chunk declares");
        ulong riff = BinaryPrimitives.ReadUInt64LittleEndian(chunk);
        ulong data = BinaryPrimitives.ReadUInt64LittleEndian(chunk[8..]);
        if (riff is > 0 and < long.MaxValue - 8) _riffEnd = 8 + (long)riff;
        if (data > 0 && data != ulong.MaxValue)
        {
            if (data > long.MaxValue) throw source.Damaged("ds64: data size", $"{data}", $"at most {long.MaxValue}");
            _declared64 = (long)data;
        }
    }

    private void SkipChunk(string id, long at, uint size)
    {
        long padded = (long)size + (size & 1);
        long skipped = source.Skip(padded);
        // A last odd chunk often lacks its padding byte.
        if (skipped < size)
            throw source.Fault(AudioFault.Truncated, $"chunk {ContentKinds.Shown(id)} at byte {at}", $"{size} bytes declared, {skipped} present", "chunks that lie within the file, and a data chunk");
    }

    private AudioClip ReadData(WavFormat format, uint size)
    {
        long? declared = size == uint.MaxValue && _declared64 is not null ? _declared64 : IsOpen(size) ? null : size;
        // A chunk of size 0 that is followed by other chunks is empty; followed by anything else it was written as a stream.
        if (size == 0 && _rest.BeginsWithChunk(_riffEnd)) declared = 0;
        long expected = Math.Min(declared ?? long.MaxValue, source.Remaining ?? 0);
        var sink = new SampleSink(source, options, format.Rate, format.Channels, expected / format.BlockBytes * format.Channels);
        long present = new WavData(source, options, format, sink, _warnings).Read(declared);
        Report(format, declared, present, sink);
        return new AudioClip(sink.ToArray(), format.Rate, format.Channels, _warnings) { Encoding = format.Description };
    }

    private void Report(in WavFormat format, long? declared, long present, SampleSink sink)
    {
        if (sink.Cut)
        {
            _warnings.Add(sink.CutWarning());
            return;
        }
        if (present < declared)
        {
            if (options.TruncatedData == TruncatedData.Refuse)
                throw source.Fault(AudioFault.Truncated, "data", $"{present} bytes", $"the {declared} bytes that the chunk declares");
            _warnings.Add(new AudioWarning(AudioWarningCode.Truncated, $"The file ends early: {present} of {declared} declared bytes of samples are used."));
        }
        if (declared == present) LookAround(declared.Value);
        if (declared is null && present > 0)
            _warnings.Add(new AudioWarning(AudioWarningCode.LengthUnknown, $"The file does not declare its length; the {present} bytes up to its end are used."));
        if (present % format.BlockBytes != 0)
            _warnings.Add(new AudioWarning(AudioWarningCode.PartialSample, $"{present % format.BlockBytes} bytes after the last whole sample are left out."));
        if (sink.Count == 0) _warnings.Add(new AudioWarning(AudioWarningCode.Empty, "The file holds no samples."));
    }

    private void LookAround(long samples)
    {
        long end = source.Position;
        if (samples > 0 && (_riffSize == 0 || (_riffEnd > 0 && _riffEnd < end)))
            _warnings.Add(new AudioWarning(AudioWarningCode.HeaderInconsistent,
                $"The RIFF header declares {_riffSize} bytes, which end before the {samples} bytes of samples do; all samples are used."));
        if (_rest.Look((samples & 1) != 0) is { } left) _warnings.Add(left);
    }

    /// <summary>Sizes that programs write when they cannot go back to fill in the true one.</summary>
    private static bool IsOpen(uint size) => size is 0 or uint.MaxValue or int.MaxValue or 0x8000_0000 or 0x7FFF_F000 or 0x7FFF_F024;
}

using System.Buffers.Binary;

namespace Qwen2Audio.Audio;

/// <summary>Decodes native FLAC (RFC 9639), comparing every checksum.</summary>
internal sealed class FlacReader(ByteSource source, AudioReadOptions options)
{
    private readonly List<AudioWarning> _warnings = [];

    public AudioClip Read()
    {
        FlacStreamInfo info = FlacStreamInfo.Read(source);
        // A frame of silence packs some 65,000 samples in a dozen bytes; what usual audio needs, four samples a byte, is reserved ahead.
        long certain = Math.Min(info.Total * info.Channels, 4 * (source.Remaining ?? 0));
        var sink = new SampleSink(source, options, info.Rate, info.Channels, certain);
        var bits = new FlacBits(source);
        var frames = new FlacFrame(bits, info);
        var digest = info.HasDigest ? new FlacDigest(info) : null;
        long done = 0;
        bool truncated = false;
        for (long frame = 0; (info.Total == 0 || done < info.Total) && !sink.Cut; frame++)
        {
            long at = bits.Position;
            int next = bits.Peek16();
            if (next < 0) break;
            if (info.Total == 0 && next == 0x5441) break; // "TA" of an ID3v1 tag behind audio of unknown length
            int size;
            try
            {
                size = frames.Read();
            }
            catch (FlacEndException)
            {
                truncated = true;
                break;
            }
            catch (FlacDamageException damage)
            {
                throw source.Damaged($"frame {frame} at byte {at}: {damage.Place}", damage.Found, damage.Allowed);
            }
            if (info.Total > 0 && done + size > info.Total)
                throw source.Damaged($"frame {frame} at byte {at}", $"{done + size} samples", $"the {info.Total} samples that STREAMINFO declares");
            done += size;
            digest?.Add(frames, size);
            sink.Add(frames.Interleave(size));
        }
        Finish(info, done, truncated, digest, sink);
        return new AudioClip(sink.ToArray(), info.Rate, info.Channels, _warnings) { Encoding = $"FLAC, {info.Bits}-bit integer" };
    }

    private void Finish(FlacStreamInfo info, long done, bool truncated, FlacDigest? digest, SampleSink sink)
    {
        if (sink.Cut)
        {
            _warnings.Add(sink.CutWarning());
            if (info.HasDigest) NotCompared();
            return;
        }
        if (truncated || done < info.Total)
        {
            string total = info.Total > 0 ? $" of {info.Total}" : "";
            if (options.TruncatedData == TruncatedData.Refuse)
                throw source.Fault(AudioFault.Truncated, "frames", $"{done}{total} samples, then the end of the file",
                    "all samples");
            _warnings.Add(new AudioWarning(AudioWarningCode.Truncated, $"The file ends early: {done}{total} samples are used."));
            if (info.HasDigest) NotCompared();
        }
        else if (digest?.Compare() == false)
            throw source.Damaged("MD5 of the samples", digest.Computed, $"{Convert.ToHexStringLower(info.Digest)} as STREAMINFO declares");
        if (done == 0) _warnings.Add(new AudioWarning(AudioWarningCode.Empty, "The file holds no samples."));
    }

    private void NotCompared() =>
        _warnings.Add(new AudioWarning(AudioWarningCode.ChecksumNotCompared, "The stored MD5 of all samples is not compared, since not all are read."));
}

/// <summary>The MD5 of decoded samples, as FLAC defines it: little-endian, whole bytes, interleaved.</summary>
internal sealed class FlacDigest(FlacStreamInfo info)
{
    private readonly Md5 _md5 = new();
    private byte[] _bytes = [];

    /// <summary>The digest in hexadecimal, after <see cref="Compare"/>.</summary>
    public string Computed { get; private set; } = "";

    public void Add(FlacFrame frame, int size)
    {
        int width = (info.Bits + 7) / 8;
        int stride = width * info.Channels;
        int length = size * stride;
        if (_bytes.Length < length + 4) _bytes = new byte[length + 4];
        for (int channel = 0; channel < info.Channels; channel++)
        {
            ReadOnlySpan<int> samples = frame.Channel(channel, size);
            Span<byte> bytes = _bytes;
            int at = channel * width;
            if (width == 2)
                for (int i = 0; i < samples.Length; i++, at += stride) BinaryPrimitives.WriteInt16LittleEndian(bytes[at..], (short)samples[i]);
            else
                for (int i = 0; i < samples.Length; i++, at += stride)
                    for (int b = 0; b < width; b++) bytes[at + b] = (byte)(samples[i] >> (8 * b));
        }
        _md5.Append(_bytes.AsSpan(0, length));
    }

    /// <summary>Ends the computation; true when it gives the stored digest.</summary>
    public bool Compare()
    {
        byte[] found = _md5.Finish();
        Computed = Convert.ToHexStringLower(found);
        return found.AsSpan().SequenceEqual(info.Digest);
    }
}

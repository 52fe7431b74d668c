using System.Buffers.Binary;
using Qwen2Audio.Audio.Reading;

namespace Qwen2Audio.Audio.Flac;

/// <summary>Decodes native FLAC (RFC 9639) and checks every checksum and the order of the frames.</summary>
internal sealed class FlacReader(ByteSource source, ReadRequest request)
{
    private const int Id3v1Bytes = 128;
    private readonly List<AudioWarning> _warnings = [];

    public AudioClip Read()
    {
        var info = FlacStreamInfo.Read(source);
        // A frame of silence packs about 65,000 samples into a dozen bytes; preallocate only what ordinary audio needs, four samples per byte.
        var certain = info.Total * info.Channels <= 4 * (source.Remaining ?? 0) ? info.Total : 0;
        using var sink = new SampleSink(source, request, info.Rate, info.Channels, certain);
        var bits = new FlacBits(source);
        var frames = new FlacFrame(bits, info);
        var sequence = new FlacSequence(info);
        var digest = info.HasDigest ? new FlacDigest(info) : null;
        long done = 0;
        var truncated = false;
        for (long frame = 0; (info.Total == 0 || done < info.Total) && !sink.IsTruncated; frame++)
        {
            var at = bits.Position;
            var next = bits.Peek16();
            if (next < 0)
            {
                truncated = info.Total == 0 && bits.ReadBytes(new byte[1]) > 0;
                break;
            }

            if (info.Total == 0 && next == 0x5441) break; // "TA" of an ID3v1 tag after audio of unknown length
            int size;
            try
            {
                var header = frames.Read();
                sequence.Advance(header);
                size = header.Size;
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

        if (sequence.First != 0)
            _warnings.Add(new AudioWarning(AudioWarningCode.BeginningMissing,
                $"The first frame has the number {sequence.First} instead of 0: the beginning of the audio is missing."));
        Finish(info, done, truncated, digest, sink);
        if (!sink.IsTruncated && !truncated && done >= info.Total) LookBehind(bits);
        return sink.ToClip(_warnings, $"FLAC, {info.Bits}-bit integer");
    }

    private void LookBehind(FlacBits bits)
    {
        var at = bits.Position;
        var rest = new byte[Id3v1Bytes + 1];
        var got = bits.ReadBytes(rest);
        if (got == 0 || (got == Id3v1Bytes && rest.AsSpan().StartsWith("TAG"u8))) return;
        _warnings.Add(new AudioWarning(AudioWarningCode.LeftOver, rest.AsSpan().StartsWith("fLaC"u8)
            ? $"A second FLAC stream begins at byte {at}; it is left out."
            : $"The bytes after the last frame, from byte {at} on, are left out."));
    }

    private void Finish(FlacStreamInfo info, long done, bool truncated, FlacDigest? digest, SampleSink sink)
    {
        if (sink.IsTruncated)
        {
            _warnings.Add(sink.CutWarning());
            if (info.HasDigest) NotCompared();
            return;
        }

        if (truncated || done < info.Total)
        {
            var total = info.Total > 0 ? $" of {info.Total}" : "";
            if (request.Options.TruncatedData == TruncatedData.Refuse)
                throw source.Fault(AudioFault.Truncated, "frames", $"{done}{total} samples, then the end of the file",
                    "all samples");
            _warnings.Add(new AudioWarning(AudioWarningCode.Truncated, $"The file ends early: {done}{total} samples are used."));
            if (info.HasDigest) NotCompared();
        }
        else if (digest?.Compare() == false)
            throw source.Damaged("MD5 of the samples", digest.Computed, $"{Convert.ToHexStringLower(info.Digest)}, as STREAMINFO declares");
        else if (info.Total == 0 && digest is null && done > 0)
            _warnings.Add(new AudioWarning(AudioWarningCode.LengthUnknown, $"The file declares neither its length nor a checksum; the {done} samples up to its end are used."));
        if (done == 0) _warnings.Add(new AudioWarning(AudioWarningCode.Empty, "The file holds no samples."));
    }

    private void NotCompared() =>
        _warnings.Add(new AudioWarning(AudioWarningCode.ChecksumNotCompared, "The stored MD5 is not compared, because not all samples are read."));
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
        var width = (info.Bits + 7) / 8;
        var stride = width * info.Channels;
        var length = size * stride;
        if (_bytes.Length < length + 4) _bytes = new byte[length + 4];
        for (var channel = 0; channel < info.Channels; channel++)
        {
            var samples = frame.Channel(channel, size);
            Span<byte> bytes = _bytes;
            var at = channel * width;
            if (width == 2)
                for (var i = 0; i < samples.Length; i++, at += stride) BinaryPrimitives.WriteInt16LittleEndian(bytes[at..], (short)samples[i]);
            else
                for (var i = 0; i < samples.Length; i++, at += stride)
                    for (var b = 0; b < width; b++) bytes[at + b] = (byte)(samples[i] >> (8 * b));
        }

        _md5.Append(_bytes.AsSpan(0, length));
    }

    /// <summary>Finishes the computation; true if the result is the stored digest.</summary>
    public bool Compare()
    {
        var found = _md5.Finish();
        Computed = Convert.ToHexStringLower(found);
        return found.AsSpan().SequenceEqual(info.Digest);
    }
}

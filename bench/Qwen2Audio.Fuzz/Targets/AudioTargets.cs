using Qwen2Audio.Audio;
using Qwen2Audio.Audio.Tests;
using Qwen2Audio.Fuzz.Mutation;
using Qwen2Audio.Fuzz.Running;

namespace Qwen2Audio.Fuzz.Targets;

/// <summary>Audio files, by path and as a stream that cannot seek, under each choice of the options.</summary>
internal static class AudioTargets
{
    private static readonly AudioReadOptions Limits = new() { MaxSeconds = 20, MaxDecodedBytes = 4 << 20 };

    // 8 channels of the longest block as whole numbers, its bytes, and the samples up to the limit, once more while they are joined
    private const long OfABlock = 16 << 20;

    public static IEnumerable<FuzzTarget> All()
    {
        yield return new("wav", InputForm.Binary, Wavs(), Read, typeof(AudioFormatException))
        {
            Tokens = ["RIFF", "RF64", "BW64", "RIFX", "WAVE", "fmt ", "data", "fact", "LIST", "ds64", "INFO", "PEAK", "bext", "\u0001\0", "\u0003\0", "\u0006\0", "\u0007\0"],
            Named = Path,
            Allocated = 2 << 20,
        };
        yield return new("flac", InputForm.Binary, Flacs(), Read, typeof(AudioFormatException)) { Tokens = ["fLaC", "ID3"], Repair = Repairs.Flac, Named = Path, Allocated = OfABlock };
        (string Name, int Format)[] forms =
            [("mp3", SndFileWriter.Mp3), ("vorbis", SndFileWriter.Vorbis), ("opus", SndFileWriter.Opus), ("aiff", SndFileWriter.Aiff), ("au", SndFileWriter.Au), ("caf", SndFileWriter.Caf), ("w64", 0x0B0002)];
        foreach (var (name, format) in forms)
        {
            var missing = SndFileWriter.Missing(format);
            yield return new(name, InputForm.Binary, missing is null ? Written(format) : [], Read, typeof(AudioFormatException))
            {
                Tokens = ["OggS", "FORM", "COMM", "SSND", "caff", "desc", "data", ".snd", "riff", "ID3", "TAG", "Xing", "Info", "OpusHead", "OpusTags", "\u0001vorbis"],
                Repair = name is "vorbis" or "opus" ? Repairs.Ogg : null,
                Named = Path,
                Allocated = OfABlock,
                Missing = missing,
            };
        }
    }

    private static string Path(Workspace place) => System.IO.Path.Combine(place.Folder, "clip");

    private static string Read(byte[] input, Workspace place)
    {
        var options = Limits with
        {
            TruncatedData = (TruncatedData)(input.Length & 1),
            NonFinite = (NonFinite)(input.Length >> 1 & 1),
            LongAudio = (LongAudio)(input.Length >> 2 & 1),
        };
        AudioClip clip;
        if ((input.Length & 8) == 0)
        {
            clip = AudioFile.Read(place.Write("clip", input), options);
        }
        else
        {
            using var stream = new ForwardStream(input);
            clip = AudioFile.Read(stream, options, Path(place));
        }

        if (clip.Samples.Any(sample => !float.IsFinite(sample))) throw new WrongResultException("a sample is not finite");
        if (clip.Seconds > Limits.MaxSeconds) throw new WrongResultException($"{clip.Seconds} s, more than allowed");
        return $"read {clip.Channels} channels, {string.Join(' ', clip.Warnings.Select(warning => warning.Code))}";
    }

    private static List<byte[]> Wavs()
    {
        short[] samples = [.. PlainFlacEncoder.Wave(300, 16, 3).Select(value => (short)value)];
        var bytes = new byte[240];
        new Random(1).NextBytes(bytes);
        return
        [
            WavBytes.Pcm16(samples), WavBytes.Floats([.. samples.Take(100).Select(value => value / 32768f)]),
            new WavBytes().Format(bits: 8, channels: 2).Data(bytes).ToArray(), new WavBytes().Format(bits: 24, channels: 2).Data(bytes).ToArray(), new WavBytes().Format(bits: 32).Data(bytes).ToArray(),
            new WavBytes().Format(code: 3, bits: 64).Data(new byte[160]).ToArray(), new WavBytes().Extensible(1, 16, 16, 2).Data(bytes).ToArray(),
            new WavBytes("RF64", uint.MaxValue).Chunk("ds64", 28).U64(300).U64(240).U64(120).U32(0).Format().Data(bytes, uint.MaxValue).ToArray(patch: false),
            new WavBytes().Format().Chunk("LIST", 4).Text("INFO").Data(bytes).Chunk("fact", 4).U32(120).ToArray(),
        ];
    }

    private static List<byte[]> Flacs()
    {
        int[] wave = PlainFlacEncoder.Wave(500, 16, 3), other = PlainFlacEncoder.Wave(500, 16, 4);
        return
        [
            new PlainFlacEncoder { Channels = [wave], Block = 200, Kind = FlacKind.Fixed, Order = 3, TotalKnown = false, DigestKnown = false }.ToArray(),
            new PlainFlacEncoder { Channels = [wave], Block = 200, Kind = FlacKind.Linear, Order = 8, DigestKnown = false }.ToArray(),
            new PlainFlacEncoder { Channels = [wave, other], Block = 500, Assignment = 10, Kind = FlacKind.Fixed, Order = 2, DigestKnown = false }.ToArray(),
            new PlainFlacEncoder { Channels = [PlainFlacEncoder.Wave(200, 32, 1), PlainFlacEncoder.Wave(200, 32, 2)], Bits = 32, Assignment = 8, Kind = FlacKind.Linear, Order = 2, Residual = FlacResidual.Rice5, DigestKnown = false }.ToArray(),
            new PlainFlacEncoder { Channels = [PlainFlacEncoder.Wave(200, 24, 1)], Bits = 24, Kind = FlacKind.Linear, Order = 4, Residual = FlacResidual.Escape, DigestKnown = false, Blocks = [64, 136] }.ToArray(),
            new PlainFlacEncoder { Channels = [.. Enumerable.Repeat(new int[400], 8)], Kind = FlacKind.Constant, DigestKnown = false, TotalKnown = false }.ToArray(),
            new PlainFlacEncoder { Channels = [wave], Block = 128, Kind = FlacKind.Fixed, Order = 1, PartitionOrder = 3, DigestKnown = false }.ToArray(),
            new PlainFlacEncoder { Channels = [wave], Before = [.. "ID3\u0004\0\0\0\0\0\u0004abcd"u8] }.ToArray(),
        ];
    }

    private static List<byte[]> Written(int format)
    {
        var (rate, wave) = (format == SndFileWriter.Opus ? 48000 : 16000, PlainFlacEncoder.Wave(2400, 16, 5));
        float[] samples = [.. wave.Select(value => value / 40000f)];
        return [SndFileWriter.Write(format, samples, rate), SndFileWriter.Write(format, samples, rate, 2)];
    }

    /// <summary>A pipe: bytes that come in pieces and only forwards.</summary>
    private sealed class ForwardStream(byte[] bytes) : Stream
    {
        private int _at;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var step = Math.Min(Math.Min(count, 1000), bytes.Length - _at);
            Array.Copy(bytes, _at, buffer, offset, step);
            _at += step;
            return step;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

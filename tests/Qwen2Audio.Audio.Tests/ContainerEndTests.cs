using System.Buffers.Binary;
using Qwen2Audio.Audio.Compressed;
using Qwen2Audio.Audio.Reading;

namespace Qwen2Audio.Audio.Tests;

/// <summary>Sizes and ends of the containers that libsndfile reads, and unsupported containers.</summary>
public sealed class ContainerEndTests
{
    private static readonly AudioReadOptions UsePresent = new() { TruncatedData = TruncatedData.UsePresent };

    // a container of 16-bit samples; the size of its samples as declared, and where that stands
    public static TheoryData<string> Kinds() => ["au", "aiff", "w64", "caf", "rifx"];

    [Theory]
    [MemberData(nameof(Kinds))]
    [Trait("Row", "A4")]
    public void Open_sizes_read_to_the_end_with_one_warning(string kind)
    {
        SkipWithoutLibrary();
        ulong[] sizes = kind is "w64" or "caf" ? [0, ulong.MaxValue, long.MaxValue, uint.MaxValue, 1UL << 63] : [0, uint.MaxValue, int.MaxValue, 0x7F00_0008, 0xFFFF_1000];
        foreach (var size in sizes)
            foreach (var seeks in (bool[])[true, false])
            {
                var file = Make(kind, size);
                AudioClip clip = AudioFile.Read(seeks ? new MemoryStream(file) : ForwardStream.Of(file));
                Assert.Equal([0.5f, 0.25f, -0.5f], clip.Samples);
                Assert.Equal([AudioWarningCode.LengthUnknown], clip.Codes());
            }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void True_sizes_give_no_warning(string kind)
    {
        SkipWithoutLibrary();
        AudioClip clip = Reading.Read(Make(kind, null));
        Assert.Equal([0.5f, 0.25f, -0.5f], clip.Samples);
        Assert.Empty(clip.Warnings);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    [Trait("Row", "A3")]
    public void Fewer_bytes_than_declared_are_refused_or_used_with_a_warning(string kind)
    {
        SkipWithoutLibrary();
        var file = Make(kind, kind == "w64" ? 2024UL : 2000UL);
        Reading.Refused(file, AudioFault.Truncated);
        AudioClip clip = Reading.Read(file, UsePresent);
        Assert.Equal([0.5f, 0.25f, -0.5f], clip.Samples);
        Assert.Equal([AudioWarningCode.Truncated], clip.Codes());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_follows_the_samples_and_is_no_chunk_gets_a_warning(string kind)
    {
        SkipWithoutLibrary();
        var file = Make(kind, null);
        byte[] padded = [.. file, .. new byte[(8 - file.Length % 8) % 8]]; // Wave64 begins chunks at multiples of 8 bytes
        AudioClip clip = Reading.Read([.. padded, .. "\u0001\u0002junk\u0003\u0004junkjunkjunkjunk"u8]);
        Assert.Equal([0.5f, 0.25f, -0.5f], clip.Samples);
        Assert.Equal([AudioWarningCode.LeftOver], clip.Codes());
    }

    [Theory]
    [InlineData("au", 1)]
    [InlineData("aiff", 9)]
    [InlineData("caf", 5)]
    public void Bytes_after_the_last_whole_sample_get_a_warning(string kind, int declared)
    {
        SkipWithoutLibrary();
        var file = Make(kind, (ulong)(6 + declared));
        AudioClip clip = Reading.Read([.. file, 7]);
        Assert.Equal([0.5f, 0.25f, -0.5f], clip.Samples);
        Assert.Equal([AudioWarningCode.PartialSample], clip.Codes());
    }

    [Fact]
    public void Rates_and_channels_that_cannot_be_used_are_refused_as_in_wav()
    {
        SkipWithoutLibrary();
        foreach (var rate in (int[])[1, 500, 999, 768_001, 16_755_780, int.MaxValue, -1]) Reading.Refused(Au(rate, 1), AudioFault.Damaged);
        Assert.Equal("header: channels", Reading.Refused(Au(16000, 65), AudioFault.Damaged).Place);
        Assert.Equal("header: sample rate", Reading.Refused(Au(500, 1), AudioFault.Damaged).Place);
        Assert.Equal(1000, Reading.Read(Au(1000, 1)).SampleRate);
        Assert.Equal(48_000, AudioFile.ReadMono(new MemoryStream(Au(768_000, 1)), 48_000).SampleRate);
    }

    [Fact]
    public void Sphere_is_read_and_its_end_is_known()
    {
        SkipWithoutLibrary();
        var header = "NIST_1A\n   1024\nsample_count -i 3\nsample_n_bytes -i 2\nchannel_count -i 1\nsample_byte_format -s2 01\nsample_rate -i 8000\nsample_coding -s3 pcm\nend_head\n";
        byte[] file = [.. Encoding.ASCII.GetBytes(header.PadRight(1024)), 0, 0x40, 0, 0x20, 0, 0xC0];
        AudioClip clip = Reading.Read(file);
        Assert.Equal([0.5f, 0.25f, -0.5f], clip.Samples);
        Assert.Empty(clip.Warnings);
        Reading.Refused(file[..^2], AudioFault.Truncated);
        Assert.Equal([AudioWarningCode.LeftOver], Reading.Read([.. file, 1, 2]).Codes());
    }

    [Theory]
    [InlineData("\0\0\0\u0018ftypM4A ", "M4A", "ffmpeg")]
    [InlineData("\0\0\0\u0020ftypisom", "MP4", "ffmpeg")]
    [InlineData("\0\0\0\u0014ftypqt  ", "QuickTime", "ffmpeg")]
    [InlineData("\0\0\0\u0014ftyp3gp4", "3GP", "ffmpeg")]
    [InlineData("\u001aE\u00df\u00a3\u0001\0\0\0", "WebM", "ffmpeg")]
    [InlineData("0&\u00b2u\u008ef\u00cf\u0011\u00a6\u00d9\0\u00aa", "WMA", "ffmpeg")]
    [InlineData("#!AMR\n<\u0008", "AMR", "ffmpeg")]
    [InlineData("#!AMR-WB\n", "AMR", "ffmpeg")]
    [InlineData("\u0002#!SILK_V3", "SILK", "ffmpeg")]
    [InlineData("\u00ff\u00f1P\u0080\u0002\u001f", "AAC", "ffmpeg")]
    [InlineData("wvpk\0\0\0\0", "WavPack", "ffmpeg")]
    [InlineData("MAC \u0096\u000f", "Monkey", "ffmpeg")]
    [InlineData("RIFF\u0010\0\0\0AVI LIST", "AVI", "ffmpeg")]
    [InlineData("ajkg\u0002\u00fb", "Shorten", "ffmpeg")]
    [InlineData("PK\u0003\u0004\u0014\0", "ZIP", "unpack")]
    [InlineData("\u001f\u008b\u0008\0", "gzip", "unpack")]
    public void Containers_that_are_not_read_are_named_with_what_to_do(string content, string name, string advice)
    {
        AudioFormatException refused = Reading.Refused([.. Encoding.Latin1.GetBytes(content), .. new byte[64]], AudioFault.NotSupported);
        Assert.Contains(name, refused.Found, StringComparison.Ordinal);
        Assert.Contains(advice, refused.Allowed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("OggS")]
    [InlineData(".snd")]
    [InlineData("caff")]
    [InlineData("\u00ff\u00fb\u0090\0")]
    [InlineData("hello")]
    public void Junk_from_a_pipe_takes_no_more_memory_than_allowed(string mark)
    {
        var head = Encoding.Latin1.GetBytes(mark);
        var random = new Random(1);
        using var junk = new ForwardStream(i => i < head.Length ? head[i] : i < 64 << 20 ? (byte)random.Next(256) : null);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<AudioFormatException>(() => AudioFile.ReadMono(junk, options: new AudioReadOptions { MaxDecodedBytes = 8 << 20 }));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 12 << 20);
        Assert.InRange(junk.Taken, 0, 9 << 20);
    }

    [Fact]
    public void Streams_side_by_side_in_an_ogg_file_get_a_warning()
    {
        SndFileWriter.SkipUnlessItWrites(SndFileWriter.Vorbis);
        byte[] one = SndFileWriter.Write(SndFileWriter.Vorbis, Signals.Noise(16000, 1), 16000), two = SndFileWriter.Write(SndFileWriter.Vorbis, Signals.Noise(16000, 2), 16000);
        int first = Page(one), second = Page(two);
        byte[] both = [.. one[..first], .. two[..second], .. one[first..], .. two[second..]];
        AudioClip clip = Reading.Read(both);
        Assert.Contains(AudioWarningCode.LeftOver, clip.Codes());
        Assert.Contains("2 streams", clip.Warnings.First(warning => warning.Code == AudioWarningCode.LeftOver).Text, StringComparison.Ordinal);

        static int Page(byte[] file) => 1 + file.AsSpan(1).IndexOf("OggS"u8);
    }

    [Fact]
    public void Adpcm_in_wav_is_read_by_libsndfile()
    {
        const int imaWav = 0x010012;
        SndFileWriter.SkipUnlessItWrites(imaWav);
        var tone = Signals.Tones([(440, 0.4, 0)], 16000, 16000, 1);
        var file = SndFileWriter.Write(imaWav, tone, 16000);
        AudioClip clip = Reading.Read(file);
        Assert.InRange(clip.Frames, tone.Length, tone.Length + 1100);
        Assert.InRange(Signals.Decibels(clip.Samples, tone, Signals.Rms(tone)), double.NegativeInfinity, -20);
        Assert.Empty(clip.Warnings);
        var missing = Assert.Throws<AudioFormatException>(() => AudioFile.Read(new MemoryStream(file), new ReadRequest(new AudioReadOptions()), "x", () => false));
        Assert.Equal(AudioFault.LibraryMissing, missing.Fault);
        Assert.Contains("IMA ADPCM", missing.Found, StringComparison.Ordinal);
    }

    private static void SkipWithoutLibrary() => Assert.SkipUnless(SndFile.IsInstalled, "libsndfile is not installed (apt-get install libsndfile1)");

    private static byte[] Au(int rate, int channels) =>
        [.. ".snd"u8, 0, 0, 0, 24, 0, 0, 0, 200, 0, 0, 0, 3, .. Big(4, (ulong)(uint)rate), .. Big(4, (ulong)channels), .. new byte[200]];

    private static byte[] Make(string kind, ulong? declared)
    {
        byte[] big = [0x40, 0, 0x20, 0, 0xC0, 0], little = [0, 0x40, 0, 0x20, 0, 0xC0];
        switch (kind)
        {
            case "au":
                return [.. ".snd"u8, 0, 0, 0, 24, .. Big(4, declared ?? 6), 0, 0, 0, 3, 0, 0, 0x3E, 0x80, 0, 0, 0, 1, .. big];
            case "aiff":
                byte[] comm = [.. "COMM"u8, .. Big(4, 18), 0, 1, .. Big(4, 3), 0, 16, 0x40, 0x0C, 0xFA, 0, 0, 0, 0, 0, 0, 0];
                return [.. "FORM"u8, .. Big(4, declared is > 100 ? declared.Value : 60), .. "AIFF"u8, .. comm, .. "SSND"u8, .. Big(4, declared ?? 14), .. new byte[8], .. big];
            case "w64":
                byte[] tail = [0xF3, 0xAC, 0xD3, 0x11, 0x8C, 0xD1, 0, 0xC0, 0x4F, 0x8E, 0xDB, 0x8A];
                byte[] fmt = [.. "fmt "u8, .. tail, .. Little(40), 1, 0, 1, 0, 0x80, 0x3E, 0, 0, 0, 0x7D, 0, 0, 2, 0, 16, 0];
                return [.. "riff"u8, 0x2E, 0x91, 0xCF, 0x11, 0xA5, 0xD6, 0x28, 0xDB, 4, 0xC1, 0, 0, .. Little(declared ?? 110), .. "wave"u8, .. tail, .. fmt, .. "data"u8, .. tail, .. Little(declared ?? 30), .. little];
            case "caf":
                byte[] desc = [.. "desc"u8, .. Big(8, 32), 0x40, 0xCF, 0x40, 0, 0, 0, 0, 0, .. "lpcm"u8, 0, 0, 0, 0, .. Big(4, 2), .. Big(4, 1), .. Big(4, 1), .. Big(4, 16)];
                return [.. "caff"u8, 0, 1, 0, 0, .. desc, .. "data"u8, .. Big(8, declared ?? 10), 0, 0, 0, 0, .. big];
            default:
                byte[] format = [.. "fmt "u8, .. Big(4, 16), 0, 1, 0, 1, 0, 0, 0x3E, 0x80, 0, 0, 0x7D, 0, 0, 2, 0, 16];
                return [.. "RIFX"u8, .. Big(4, declared is > 100 ? declared.Value : 42), .. "WAVE"u8, .. format, .. "data"u8, .. Big(4, declared ?? 6), .. big];
        }
    }

    private static byte[] Big(int width, ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes[(8 - width)..];
    }

    private static byte[] Little(ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }
}

using Qwen2Audio.Audio.Compressed;
using Qwen2Audio.Audio.Reading;

namespace Qwen2Audio.Audio.Tests;

/// <summary>MP3, Ogg Vorbis, Opus and others, by libsndfile.</summary>
public sealed class SndFileTests
{
    private const int Rate = 16000;

    // what a coding may lose, and the samples that an encoder adds at the ends
    public static TheoryData<int, string, double, int> Formats() => new()
    {
        { SndFileWriter.Vorbis, "Vorbis", -15, 0 },
        { SndFileWriter.Opus, "Opus", -12, 400 },
        { SndFileWriter.Mp3, "MPEG Layer III", -15, 2500 },
        { SndFileWriter.Aiff, "Signed 16 bit PCM", -80, 0 },
        { SndFileWriter.Au, "32 bit float", -140, 0 },
        { SndFileWriter.Caf, "Signed 24 bit PCM", -120, 0 },
    };

    [Theory]
    [MemberData(nameof(Formats))]
    public void What_was_encoded_is_decoded(int format, string coding, double decibels, int added)
    {
        SndFileWriter.SkipUnlessItWrites(format);
        var tone = Tone(2);
        AudioClip clip = Reading.Read(SndFileWriter.Write(format, tone, Rate));
        Assert.Equal((Rate, 1), (clip.SampleRate, clip.Channels));
        Assert.InRange(clip.Frames, tone.Length, tone.Length + added);
        Assert.Contains(coding, clip.Encoding, StringComparison.Ordinal);
        Assert.Empty(clip.Warnings);
        Assert.InRange(Best(clip.Samples, tone, added), double.NegativeInfinity, decibels);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_stream_that_cannot_seek_and_gives_few_bytes_a_read_gives_the_same(int format, string coding, double decibels, int added)
    {
        SndFileWriter.SkipUnlessItWrites(format);
        var file = SndFileWriter.Write(format, Tone(0.5), Rate);
        var expected = Reading.Read(file).Samples;
        Assert.Equal(expected, AudioFile.Read(ForwardStream.Of(file, most: 7)).Samples);
        var inner = new MemoryStream([1, 2, 3, .. file]) { Position = 3 };
        Assert.Equal(expected, AudioFile.Read(inner).Samples);
        Assert.True(coding.Length > 0 && decibels < 0 && added >= 0);
    }

    [Fact]
    public void Two_channels_stay_interleaved()
    {
        SndFileWriter.SkipUnlessItWrites(SndFileWriter.Vorbis);
        var left = Tone(1);
        var both = new float[2 * left.Length];
        for (var i = 0; i < left.Length; i++) both[2 * i] = left[i];
        AudioClip clip = Reading.Read(SndFileWriter.Write(SndFileWriter.Vorbis, both, Rate, channels: 2));
        Assert.Equal((2, left.Length), (clip.Channels, clip.Frames));
        float[] first = [.. clip.Samples.Where((_, i) => i % 2 == 0)], second = [.. clip.Samples.Where((_, i) => i % 2 == 1)];
        Assert.True(Signals.Rms(first) > 10 * Signals.Rms(second));
    }

    [Fact]
    public void An_id3_tag_before_an_mp3_is_passed_over()
    {
        SndFileWriter.SkipUnlessItWrites(SndFileWriter.Mp3);
        var file = SndFileWriter.Write(SndFileWriter.Mp3, Tone(0.5), Rate);
        byte[] tag = [.. "ID3"u8, 4, 0, 0, 0, 0, 1, 0, .. new byte[128]];
        Assert.Equal(Reading.Read(file).Samples, Reading.Read([.. tag, .. file]).Samples);
    }

    [Fact]
    [Trait("Row", "A10")]
    public void An_hour_of_silence_in_a_small_file_stops_at_the_allowed_duration()
    {
        SndFileWriter.SkipUnlessItWrites(SndFileWriter.Vorbis);
        var file = SndFileWriter.Write(SndFileWriter.Vorbis, 8000, 1, Enumerable.Repeat(new float[8000 * 60], 60));
        Assert.InRange(file.Length, 1, 1 << 20);
        Reading.Refused(file, AudioFault.TooLong, new AudioReadOptions { MaxSeconds = 1 });
        var before = GC.GetAllocatedBytesForCurrentThread();
        Reading.Refused(file, AudioFault.TooLong, new AudioReadOptions { MaxSeconds = 10 });
        Reading.Refused(file, AudioFault.TooLong, new AudioReadOptions { MaxDecodedBytes = 1 << 20 });
        AudioClip clip = Reading.Read(file, new AudioReadOptions { MaxSeconds = 10, LongAudio = LongAudio.Cut });
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
        Assert.Equal(10.0, clip.Seconds);
        Assert.Equal([AudioWarningCode.Cut], clip.Codes());
        Assert.Equal(AudioFault.TooLong, Assert.Throws<AudioFormatException>(
            () => AudioFile.Read(ForwardStream.Of(file), new AudioReadOptions { MaxDecodedBytes = 4096 })).Fault);
    }

    [Theory]
    [InlineData(SndFileWriter.Vorbis)]
    [InlineData(SndFileWriter.Opus)]
    [InlineData(SndFileWriter.Mp3)]
    [InlineData(SndFileWriter.Aiff)]
    [Trait("Row", "A3")]
    public void A_file_that_ends_early_is_refused_or_used_with_a_warning(int format)
    {
        SndFileWriter.SkipUnlessItWrites(format);
        var file = SndFileWriter.Write(format, Signals.Noise(Rate * 12, 1), Rate);
        var half = file[..(file.Length / 2)];
        Reading.Refused(half, AudioFault.Truncated);
        AudioClip clip = Reading.Read(half, new AudioReadOptions { TruncatedData = TruncatedData.UsePresent });
        Assert.InRange(clip.Seconds, 3, 9);
        Assert.Equal([AudioWarningCode.Truncated], clip.Codes());
    }

    [Theory]
    [InlineData(SndFileWriter.Vorbis)]
    [InlineData(SndFileWriter.Opus)]
    [InlineData(SndFileWriter.Mp3)]
    [InlineData(SndFileWriter.Aiff)]
    public void Changed_files_are_read_or_refused(int format)
    {
        SndFileWriter.SkipUnlessItWrites(format);
        var file = SndFileWriter.Write(format, Tone(0.5), Rate);
        var random = new Random(format);
        for (var i = 0; i < 150; i++)
        {
            byte[] changed = [.. file];
            for (var n = random.Next(1, 8); n > 0; n--) changed[random.Next(i % 2 == 0 ? 200 : changed.Length)] = (byte)random.Next(256);
            if (i % 5 == 0) changed = changed[..random.Next(changed.Length)];
            try
            {
                Reading.Read(changed, new AudioReadOptions { MaxSeconds = 5 });
            }
            catch (AudioFormatException refused)
            {
                Assert.NotEmpty(refused.Found);
            }
        }
    }

    [Fact]
    [Trait("Row", "A9")]
    public void Samples_that_are_not_finite_are_refused_or_replaced()
    {
        SndFileWriter.SkipUnlessItWrites(SndFileWriter.Au);
        var tone = Tone(0.1);
        tone[5] = float.NaN;
        var file = SndFileWriter.Write(SndFileWriter.Au, tone, Rate);
        Assert.Contains("sample 5", Reading.Refused(file, AudioFault.NonFinite).Place, StringComparison.Ordinal);
        Assert.Equal([AudioWarningCode.NonFiniteReplaced], Reading.Read(file, new AudioReadOptions { NonFinite = NonFinite.ReplaceByZero }).Codes());
    }

    [Fact]
    [Trait("Row", "A12")]
    public void An_error_of_the_stream_is_reported_as_it_is()
    {
        SndFileWriter.SkipUnlessItWrites(SndFileWriter.Vorbis);
        var file = SndFileWriter.Write(SndFileWriter.Vorbis, Signals.Noise(Rate * 20, 1), Rate);
        Assert.Equal("the line is lost", Assert.Throws<IOException>(() => AudioFile.Read(ForwardStream.Broken(file, file.Length / 2))).Message);
        using var broken = new BrokenSeekable(file, file.Length / 2);
        Assert.Equal("the disk is broken", Assert.Throws<IOException>(() => AudioFile.Read(broken)).Message);
    }

    [Theory]
    [Trait("Row", "A2")]
    [InlineData("OggS\0\u0002\0\0\0\0\0\0\0\0", "Ogg")]
    [InlineData("ID3\u0004\0\0\0\0\0\u0000\u00ff\u00fb\u0090\0", "MP3")]
    [InlineData("\u00ff\u00fb\u0090\0\0\0\0\0", "MP3")]
    [InlineData("FORM\0\0\0\u0010AIFFCOMM", "AIFF")]
    public void A_beginning_alone_is_refused_and_without_the_library_the_message_says_how_to_get_it(string content, string name)
    {
        var file = System.Text.Encoding.Latin1.GetBytes(content);
        var error = Assert.Throws<AudioFormatException>(() => AudioFile.Read(new MemoryStream(file), new ReadRequest(new AudioReadOptions()), "x", () => false));
        Assert.Equal(AudioFault.LibraryMissing, error.Fault);
        Assert.Contains(name, error.Found, StringComparison.Ordinal);
        Assert.Contains("apt-get install libsndfile1", error.Message, StringComparison.Ordinal);
        Assert.SkipUnless(SndFile.IsInstalled, "libsndfile is not installed");
        error = Assert.Throws<AudioFormatException>(() => Reading.Read(file));
        Assert.Contains(error.Fault, new[] { AudioFault.NotSupported, AudioFault.Damaged });
        Assert.Contains(name, error.Found, StringComparison.Ordinal);
        Assert.Contains("WAV", error.Allowed, StringComparison.Ordinal);
    }

    [Fact]
    public void An_ogg_recording_that_was_stopped_at_a_page_is_used_with_a_warning()
    {
        SndFileWriter.SkipUnlessItWrites(SndFileWriter.Vorbis);
        var file = SndFileWriter.Write(SndFileWriter.Vorbis, Signals.Noise(Rate * 4, 1), Rate);
        var last = file.AsSpan().LastIndexOf("OggS"u8);
        AudioClip clip = Reading.Read(file[..last]);
        Assert.InRange(clip.Seconds, 1, 4);
        Assert.Equal([AudioWarningCode.LengthUnknown], clip.Codes());
    }

    [Theory]
    [InlineData(SndFileWriter.Vorbis)]
    [InlineData(SndFileWriter.Opus)]
    [InlineData(SndFileWriter.Mp3)]
    public void What_follows_the_audio_is_left_out_with_a_warning(int format)
    {
        SndFileWriter.SkipUnlessItWrites(format);
        byte[] file = SndFileWriter.Write(format, Tone(1), Rate), other = SndFileWriter.Write(format, Tone(3), Rate);
        var expected = Reading.Read(file).Samples;
        Assert.Equal(expected, Reading.Read([.. file, .. "TAG"u8, .. new byte[125]]).Samples);
        Assert.Empty(Reading.Read([.. file, .. "TAG"u8, .. new byte[125]]).Warnings);
        foreach (var rest in (byte[][])[[.. "hello world"u8], new byte[5000], other])
        {
            foreach (var seeks in (bool[])[true, false])
            {
                AudioClip clip = AudioFile.Read(seeks ? new MemoryStream([.. file, .. rest]) : ForwardStream.Of([.. file, .. rest]));
                Assert.Equal(expected, clip.Samples);
                Assert.Equal([AudioWarningCode.LeftOver], clip.Codes());
                if (rest != other || format != SndFileWriter.Mp3)
                    Assert.Contains($"byte {file.Length}", clip.Warnings[0].Text, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void What_lies_between_two_frames_of_an_mp3_is_left_out_with_a_warning()
    {
        SndFileWriter.SkipUnlessItWrites(SndFileWriter.Mp3);
        var file = SndFileWriter.Write(SndFileWriter.Mp3, Tone(4), Rate);
        var at = 0;
        while (at < file.Length / 2) at += Mp3Header.Of(file.AsSpan(at))!.Value.Bytes;
        AudioClip clip = Reading.Read([.. file[..at], .. new byte[200], .. file[at..]]);
        Assert.Equal([AudioWarningCode.LeftOver], clip.Codes());
        Assert.Contains($"200 bytes between two MP3 frames, from byte {at} on", clip.Warnings[0].Text, StringComparison.Ordinal);
        Assert.Equal(Reading.Read(file).Frames, clip.Frames);
    }

    [Fact]
    public void Tags_of_an_mp3_are_no_audio()
    {
        SndFileWriter.SkipUnlessItWrites(SndFileWriter.Mp3);
        var file = SndFileWriter.Write(SndFileWriter.Mp3, Tone(1), Rate);
        byte[] ape = [.. "APETAGEX"u8, 0xD0, 7, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xA0, .. new byte[8], .. new byte[64]];
        byte[] lyrics = [.. "LYRICSBEGININD0000200110LYRICS200"u8];
        AudioClip clip = Reading.Read([.. file, .. ape, .. lyrics, .. "TAG"u8, .. new byte[125]]);
        Assert.Equal(Reading.Read(file).Samples, clip.Samples);
        Assert.Empty(clip.Warnings);
    }

    [Fact]
    public void An_mp3_that_ends_within_a_frame_ends_early()
    {
        SndFileWriter.SkipUnlessItWrites(SndFileWriter.Mp3);
        var file = SndFileWriter.Write(SndFileWriter.Mp3, Tone(2), Rate);
        Reading.Refused(file[..^20], AudioFault.Truncated);
        Assert.Equal([AudioWarningCode.Truncated], Reading.Read(file[..^20], new AudioReadOptions { TruncatedData = TruncatedData.UsePresent }).Codes());
    }

    [Theory]
    [InlineData("FFFB9000", 417, 1152)] // MPEG-1 layer III, 128 kbit/s, 44.1 kHz
    [InlineData("FFFB9200", 418, 1152)] // with padding
    [InlineData("FFF388C4", 288, 576)] // MPEG-2 layer III, 64 kbit/s, 16 kHz
    [InlineData("FFE348C4", 288, 576)] // MPEG-2.5 layer III, 32 kbit/s, 8 kHz
    [InlineData("FFFD9400", 480, 1152)] // MPEG-1 layer II, 160 kbit/s, 48 kHz
    [InlineData("FFFF9000", 312, 384)] // MPEG-1 layer I, 288 kbit/s, 44.1 kHz
    [InlineData("FFFB0000", 0, 0)] // free bit rate
    [InlineData("FFFBF000", 0, 0)]
    [InlineData("FFFB9C00", 0, 0)]
    [InlineData("FFEB9000", 0, 0)]
    [InlineData("FFF19000", 0, 0)] // AAC
    public void Frame_headers_say_how_long_the_frames_are(string header, int bytes, int samples)
    {
        var found = Mp3Header.Of(Convert.FromHexString(header));
        Assert.Equal((bytes, samples), (found?.Bytes ?? 0, found?.Samples ?? 0));
    }

    [Fact]
    public void Wav_and_flac_never_ask_for_the_library()
    {
        static bool Fail() => throw new InvalidOperationException("asked");
        Assert.Equal(2, AudioFile.Read(new MemoryStream(WavBytes.Pcm16(1, 2)), new ReadRequest(new AudioReadOptions()), "x", Fail).Frames);
    }

    private static float[] Tone(double seconds) => Signals.Tones([(440, 0.4, 0), (1234, 0.2, 1)], Rate, (int)(Rate * seconds), seconds);

    // the least error over the delays that an encoder may add
    private static double Best(float[] found, float[] expected, int added)
    {
        var best = double.PositiveInfinity;
        for (var delay = 0; delay <= added && delay < found.Length / 2; delay++)
            best = Math.Min(best, Signals.Decibels(found.AsSpan(delay), expected, Signals.Rms(expected)));
        return best;
    }

    private sealed class BrokenSeekable(byte[] bytes, long breaksAt) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) =>
            Position + count > breaksAt ? throw new IOException("the disk is broken") : base.Read(buffer, offset, count);
    }
}

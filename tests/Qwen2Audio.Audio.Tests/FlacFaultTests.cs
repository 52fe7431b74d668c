namespace Qwen2Audio.Audio.Tests;

public sealed class FlacFaultTests
{
    private static readonly AudioReadOptions UsePresent = new() { TruncatedData = TruncatedData.UsePresent };

    private static PlainFlacEncoder Usual() => new() { Channels = [PlainFlacEncoder.Wave(1000, 16, 1)], Block = 256, Kind = FlacKind.Fixed, Order = 2 };

    [Fact]
    [Trait("Row", "A3")]
    public void A_flac_file_cut_anywhere_is_refused_or_gives_its_whole_frames()
    {
        PlainFlacEncoder how = Usual();
        var file = how.ToArray();
        var all = Reading.Read(file).Samples;
        for (var length = 1; length < file.Length; length++)
        {
            var part = file[..length];
            Assert.Throws<AudioFormatException>(() => Reading.Read(part));
            if (length < how.FrameEnds[0]) continue;
            AudioClip clip = Reading.Read(part, UsePresent);
            var frames = how.FrameEnds.FindLastIndex(end => end <= length);
            Assert.Equal(all[..(frames * 256)], clip.Samples);
            Assert.Contains(AudioWarningCode.Truncated, clip.Codes());
            Assert.Contains(AudioWarningCode.ChecksumNotCompared, clip.Codes());
        }
    }

    [Fact]
    public void Any_flipped_bit_of_a_frame_is_found()
    {
        PlainFlacEncoder how = Usual();
        var file = how.ToArray();
        for (var at = how.FrameEnds[0]; at < file.Length; at++)
        {
            byte[] wrong = [.. file];
            wrong[at] ^= (byte)(1 << (at % 8));
            Assert.Throws<AudioFormatException>(() => Reading.Read(wrong));
        }
    }

    [Fact]
    public void A_frame_whose_checksum_is_wrong_is_named_even_where_present_data_may_be_used()
    {
        PlainFlacEncoder how = Usual();
        var file = how.ToArray();
        file[how.FrameEnds[1] + 30] ^= 1;
        AudioFormatException error = Reading.Refused(file, AudioFault.Damaged, UsePresent);
        Assert.Contains($"frame 1 at byte {how.FrameEnds[1]}", error.Place, StringComparison.Ordinal);
    }

    [Fact]
    public void Samples_that_do_not_match_the_stored_md5_are_refused()
    {
        var file = Usual().ToArray();
        file[8 + 18 + 3] ^= 1;
        Assert.Contains("MD5", Reading.Refused(file, AudioFault.Damaged).Place, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_frame_is_found()
    {
        PlainFlacEncoder how = Usual();
        var file = how.ToArray();
        Reading.Refused([.. file[..how.FrameEnds[1]], .. file[how.FrameEnds[2]..]], AudioFault.Damaged);
    }

    [Theory]
    [Trait("Row", "A5")]
    [InlineData(4, 1)] // first block is no STREAMINFO
    [InlineData(7, 35)] // of another size
    [InlineData(10, 0)] // largest block 10 samples
    [InlineData(18, 0)] // sample rate of a few Hz
    [InlineData(42, 0x7F)] // forbidden block type
    [InlineData(42, 0x80)] // a second STREAMINFO
    public void Metadata_that_cannot_be_is_refused(int at, int value)
    {
        var file = Usual().ToArray();
        if (at == 10) file[11] = 10;
        if (at == 18) file[19] = 0;
        file[at] = (byte)value;
        Assert.NotEmpty(Reading.Refused(file, AudioFault.Damaged).Place);
    }

    [Fact]
    [Trait("Row", "A10")]
    public void Hours_of_silence_in_a_small_file_stop_at_the_allowed_duration()
    {
        var how = new PlainFlacEncoder { Channels = [new int[65535 * 40]], Block = 65535, Kind = FlacKind.Constant, TotalKnown = false, DigestKnown = false };
        var file = how.ToArray();
        Assert.InRange(file.Length, 1, 1000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Reading.Refused(file, AudioFault.TooLong, new AudioReadOptions { MaxSeconds = 10 });
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
        Reading.Refused(file, AudioFault.TooLong, new AudioReadOptions { MaxDecodedBytes = 1 << 20 });
        AudioClip clip = Reading.Read(file, new AudioReadOptions { MaxSeconds = 10, LongAudio = LongAudio.Cut });
        Assert.Equal(10.0, clip.Seconds);
        Assert.Equal([AudioWarningCode.Cut], clip.Codes());
    }
}

namespace Qwen2Audio.Audio.Tests;

/// <summary>Audio after the declared samples, streams with a declared size of 0, and contradictory headers.</summary>
public sealed class WavTrailerTests
{
    private static readonly byte[] Samples = [0, 0x40, 0, 0x20, 0, 0x10, 0, 0x40, 0, 0x20];

    [Theory]
    [Trait("Row", "A4")]
    [InlineData(null)]
    [InlineData(36u)]
    [InlineData(uint.MaxValue)]
    [InlineData(0u)]
    public void Data_of_size_0_that_samples_follow_is_read_to_the_end_whatever_riff_says(uint? riff)
    {
        var file = new WavBytes(size: riff ?? 0).Format().Data(Samples, 0).ToArray(patch: riff is null);
        AudioClip clip = Reading.Read(file);
        Assert.Equal([0.5f, 0.25f, 0.125f, 0.5f, 0.25f], clip.Samples);
        Assert.Equal([AudioWarningCode.LengthUnknown], clip.Codes());
        Assert.Equal(clip.Samples, AudioFile.Read(ForwardStream.Of(file)).Samples);
    }

    [Fact]
    [Trait("Row", "A4")]
    public void A_stream_of_size_0_stays_within_the_allowed_duration()
    {
        var file = new WavBytes(size: 5000).Format().Data(new byte[40_000], 0).ToArray(patch: false);
        Reading.Refused(file, AudioFault.TooLong, new AudioReadOptions { MaxSeconds = 1 });
        Assert.Equal([AudioWarningCode.Cut], Reading.Read(file, new AudioReadOptions { MaxSeconds = 1, LongAudio = LongAudio.Cut }).Codes());
    }

    [Fact]
    [Trait("Row", "A6")]
    public void What_follows_the_samples_and_may_be_audio_is_told()
    {
        WavBytes Whole() => new WavBytes().Format().Data(Samples);
        foreach (var file in (byte[][])[Whole().Data(Samples).ToArray(), Whole().Chunk("LIST", 4).Text("abcd").Data(Samples).ToArray(), Whole().Raw(1, 2, 3).ToArray(),
            Whole().Raw([.. "garbage, more of it"u8]).ToArray(), Whole().Raw(new byte[100]).ToArray(), [.. Whole().ToArray(), .. Whole().ToArray()]])
        {
            foreach (AudioClip clip in (AudioClip[])[Reading.Read(file), AudioFile.Read(ForwardStream.Of(file))])
            {
                Assert.Equal(5, clip.Frames);
                Assert.Equal([AudioWarningCode.LeftOver], clip.Codes());
            }
        }

        Assert.Equal([AudioWarningCode.LeftOver, AudioWarningCode.Empty], Reading.Read(new WavBytes().Format().Data([]).Data(Samples).ToArray()).Codes());
        Assert.Empty(Reading.Read(Whole().Chunk("LIST", 4).Text("abcd").Chunk("id3 ", 3).Text("abc\0").ToArray()).Warnings);
        Assert.Empty(Reading.Read(new WavBytes().Format(bits: 8).Data([1, 2, 3]).Chunk("LIST", 4).Text("abcd").ToArray()).Warnings); // no padding byte
    }

    [Theory]
    [Trait("Row", "A5")]
    [InlineData(0u)]
    [InlineData(20u)]
    public void A_riff_size_that_ends_before_the_samples_is_told_and_all_are_read(uint size)
    {
        AudioClip clip = Reading.Read(new WavBytes(size: size).Format().Data(Samples).ToArray(patch: false));
        Assert.Equal(5, clip.Frames);
        Assert.Equal([AudioWarningCode.HeaderInconsistent], clip.Codes());
    }

    [Fact]
    [Trait("Row", "A5")]
    public void A_byte_rate_that_does_not_fit_is_told()
    {
        var file = WavBytes.Pcm16(1, 2, 3);
        file[28] ^= 1;
        AudioClip clip = Reading.Read(file);
        Assert.Equal([AudioWarningCode.HeaderInconsistent], clip.Codes());
        Assert.Contains("32001 bytes per second", clip.Warnings[0].Text, StringComparison.Ordinal);
    }
}

using Qwen2Audio.Audio.Compressed;
using Qwen2Audio.Audio.Reading;

namespace Qwen2Audio.Audio.Tests;

/// <summary>MP3 by libmpg123 itself.</summary>
public sealed class Mp3ReaderTests
{
    [Theory]
    [InlineData(16000, 1)]
    [InlineData(44100, 2)]
    [InlineData(8000, 1)]
    public void The_samples_are_those_of_libsndfile(int rate, int channels)
    {
        SndFileWriter.SkipUnlessItWrites(SndFileWriter.Mp3);
        Assert.SkipUnless(Mpg123.IsInstalled, "libmpg123 is not installed beside libsndfile");
        var file = SndFileWriter.Write(SndFileWriter.Mp3, Signals.Noise(rate * channels * 3, 1), rate, channels);
        var request = new ReadRequest(new AudioReadOptions());
        AudioClip own = Reading.Read(file);
        AudioClip other = new SndFileReader(new ByteSource(new MemoryStream(file), "x"), request, new Content(ContentKind.Mp3, "an MP3 file")).Read(installed: true);
        Assert.Equal((other.SampleRate, other.Channels), (own.SampleRate, own.Channels));
        Assert.Equal(other.Samples, own.Samples);
        Assert.Empty(own.Warnings);
    }

    [Fact]
    public void Frames_that_begin_in_the_middle_of_a_recording_are_read()
    {
        SndFileWriter.SkipUnlessItWrites(SndFileWriter.Mp3);
        var file = SndFileWriter.Write(SndFileWriter.Mp3, Signals.Noise(16000 * 4, 1), 16000);
        var at = 0;
        for (var frame = 0; frame < 20; frame++) at += Mp3Header.Of(file.AsSpan(at))!.Value.Bytes;
        Assert.InRange(Reading.Read(file[at..]).Seconds, 2.5, 4);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5000)]
    public void A_header_that_nothing_usable_follows_is_refused(int junk)
    {
        Assert.SkipUnless(SndFile.IsInstalled, "libsndfile is not installed (apt-get install libsndfile1)");
        Reading.Refused([0xFF, 0xFB, 0x90, 0, .. new byte[junk]], AudioFault.Damaged);
    }
}

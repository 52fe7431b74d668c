namespace Qwen2Audio.Audio.Tests;

/// <summary>Slow, small and failing streams.</summary>
[Trait("Row", "A12")]
public sealed class AudioFileStreamTests
{
    private static byte[] Wav() => WavBytes.Pcm16([.. Signals.Noise(70_000, 1).Select(v => (short)(v * 32767))]);

    private static byte[] Flac() => new PlainFlacEncoder { Channels = [PlainFlacEncoder.Wave(9000, 16, 5)], Kind = FlacKind.Fixed, Order = 2 }.ToArray();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    public void Any_size_of_reads_gives_the_same_samples(int most)
    {
        foreach (var file in (byte[][])[Wav(), Flac()])
            Assert.Equal(Reading.Read(file).Samples, AudioFile.Read(ForwardStream.Of(file, most)).Samples);
    }

    [Fact]
    public void An_error_of_the_stream_comes_out_as_it_is()
    {
        foreach (var file in (byte[][])[Wav(), Flac()])
            foreach (var at in (long[])[0, 3, 20, 50, file.Length / 2, file.Length - 1])
            {
                using var broken = ForwardStream.Broken(file, at);
                var options = new AudioReadOptions { TruncatedData = TruncatedData.UsePresent };
                Assert.Equal("the line is lost", Assert.Throws<IOException>(() => AudioFile.Read(broken, options)).Message);
            }
    }

    [Fact]
    public void A_missing_file_is_an_io_error() =>
        Assert.Throws<FileNotFoundException>(() => AudioFile.Read(Path.Combine(Fixtures.Repository, "no-such.wav")));

    [Fact]
    public void A_folder_is_an_io_error_that_says_so() =>
        Assert.Contains("is a folder", Assert.Throws<FileNotFoundException>(() => AudioFile.Read(Fixtures.Repository)).Message, StringComparison.Ordinal);

    [Fact]
    public void Limits_that_allow_nothing_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Reading.Read(Wav(), new AudioReadOptions { MaxSeconds = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Reading.Read(Wav(), new AudioReadOptions { MaxSeconds = double.NaN }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Reading.Read(Wav(), new AudioReadOptions { MaxDecodedBytes = 0 }));
        Assert.Empty(Reading.Read(Wav(), new AudioReadOptions { MaxSeconds = double.PositiveInfinity }).Warnings);
    }
}

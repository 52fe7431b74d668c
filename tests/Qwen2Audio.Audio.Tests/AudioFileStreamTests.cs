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

    /// <summary>Samples are passed on as soon as their bytes have come, since the next ones of a live sound are still to be made.</summary>
    [Fact]
    public async Task A_live_sound_is_passed_on_as_it_comes()
    {
        var sound = Signals.Noise(9000, 1).Select(v => (short)(v * 32767)).ToArray();
        byte[] data = [.. sound.SelectMany(BitConverter.GetBytes)];
        foreach (var rate in new[] { 8000, 16000, 48000 })
        {
            var before = new WavBytes().Chunk("JUNK", 5).Raw(1, 2, 3, 4, 5, 0);
            await Check(before.Format(rate: (uint)rate).Data(data).ToArray(), rate, read => (read - 62 - 64) / 2);
            await Check(new WavBytes().Extensible(1, 16, 16).Data(data).ToArray(), 16000, read => (read - 68 - 64) / 2);
            var flac = new PlainFlacEncoder { Channels = [PlainFlacEncoder.Wave(9000, 16, 5)], Rate = rate, Block = 1000, Kind = FlacKind.Verbatim };
            var file = flac.ToArray();
            await Check(file, rate, read => 1000 * (flac.FrameEnds.Count(end => end + 64 < read) - 1));
        }

        static async Task Check(byte[] file, int rate, Func<long, long> samples)
        {
            long passed = 0;
            ForwardStream? live = null;
            live = new ForwardStream(at =>
            {
                // a filter of the resampler holds back some 10 ms
                var due = (samples(at) - (rate == 16000 ? 0 : rate / 50)) * 16000 / rate;
                Assert.True(passed >= due, $"{rate} Hz: byte {at} is wanted, and {passed} samples were passed on; {due} have come");
                return at < file.Length ? file[at] : null;
            }, most: 64);
            await AudioFile.ReadPiecesAsync(live, new AudioForm(16000, 1), piece => passed += piece.Length, cancellation: TestContext.Current.CancellationToken);
            Assert.InRange(passed, 9000L * 16000 / rate - 1, 9000L * 16000 / rate + 1);
        }
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

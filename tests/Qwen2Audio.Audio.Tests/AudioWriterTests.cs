using System.Runtime.InteropServices;
using Qwen2Audio.Audio.Compressed;
using Qwen2Audio.Audio.Reading;

namespace Qwen2Audio.Audio.Tests;

public sealed class AudioWriterTests
{
    public static TheoryData<string, int, int, int> Sounds()
    {
        var sounds = new TheoryData<string, int, int, int>();
        foreach (var kind in (string[])["wave", "speech", "noise", "silence", "steps", "extremes"])
            foreach (var length in (int[])[0, 1, 2, 5, 4095, 4096, 4097, 12_288, 20_011]) sounds.Add(kind, length, 1, 16_000);
        foreach (var channels in (int[])[2, 8])
            foreach (var rate in (int[])[1000, 8000, 11_025, 44_100, 65_535, 96_001, 655_350]) sounds.Add("wave", 9000, channels, rate);
        return sounds;
    }

    /// <summary>Whatever the pieces, the samples come back bit by bit, with the MD5 that FLAC stores.</summary>
    [Theory]
    [MemberData(nameof(Sounds))]
    public void Every_format_gives_the_samples_back(string kind, int frames, int channels, int rate)
    {
        var samples = Sound(kind, frames * channels);
        foreach (var format in Enum.GetValues<AudioFileFormat>())
        {
            using var whole = new MemoryStream();
            Write(whole, samples, new AudioForm(rate, channels), format, samples.Length);
            foreach (var size in (int[])[1 * channels, 4096 * channels, 5000 * channels])
            {
                using var pieces = new MemoryStream();
                Write(pieces, samples, new AudioForm(rate, channels), format, size);
                Assert.Equal(whole.ToArray(), pieces.ToArray());
            }

            if (format == AudioFileFormat.Raw) Assert.Equal(samples, MemoryMarshal.Cast<byte, short>(whole.ToArray()).ToArray().Select(sample => sample / 32768f));
            else
            {
                whole.Position = 0;
                var read = AudioFile.Read(whole);
                Assert.Equal((rate, channels, frames), (read.SampleRate, read.Channels, read.Frames));
                Assert.Equal(samples, read.Samples);
                Assert.Equal(frames == 0 ? [AudioWarningCode.Empty] : [], read.Warnings.Select(warning => warning.Code));
            }
        }
    }

    /// <summary>A pipe cannot get the length afterwards; it may be declared.</summary>
    [Fact]
    public void A_pipe_gets_the_samples_too()
    {
        var samples = Sound("speech", 9000);
        foreach (var (format, declared) in new[] { (AudioFileFormat.Wav, false), (AudioFileFormat.Flac, false), (AudioFileFormat.Flac, true) })
        {
            using var pipe = new Pipe();
            Write(pipe, samples, new AudioForm(16_000, 1), format, 1000, declared ? samples.Length : null);
            var read = AudioFile.Read(new MemoryStream(pipe.ToArray()));
            Assert.Equal(samples, read.Samples);
            Assert.Equal(declared ? [] : [AudioWarningCode.LengthUnknown], read.Warnings.Select(warning => warning.Code));
        }
    }

    /// <summary>libsndfile decodes FLAC with the reference library.</summary>
    [Fact]
    public void The_reference_decoder_reads_it()
    {
        Assert.SkipUnless(SndFile.IsInstalled, "libsndfile is not installed (apt-get install libsndfile1)");
        foreach (var (kind, channels, rate) in new[] { ("speech", 1, 16_000), ("noise", 1, 16_000), ("steps", 2, 44_100), ("extremes", 1, 65_540), ("silence", 1, 22_050) })
        {
            var samples = Sound(kind, 30_000 * channels);
            using var file = new MemoryStream();
            Write(file, samples, new AudioForm(rate, channels), AudioFileFormat.Flac, 777 * channels);
            file.Position = 0;
            var read = new SndFileReader(new ByteSource(file, "x"), new ReadRequest(new AudioReadOptions()), new Content(ContentKind.Other, "FLAC")).Read(installed: true);
            Assert.Equal((rate, channels), (read.SampleRate, read.Channels));
            Assert.Equal(samples, read.Samples);
        }
    }

    /// <summary>What can be predicted takes less room: a tone of 16-bit samples less than half, silence almost none, noise no more than the samples themselves.</summary>
    [Theory]
    [InlineData("wave", 0.5)]
    [InlineData("speech", 0.75)]
    [InlineData("silence", 0.01)]
    [InlineData("noise", 1.002)]
    public void Files_are_small(string kind, double share)
    {
        using var file = new MemoryStream();
        Write(file, Sound(kind, 40_000), new AudioForm(16_000, 1), AudioFileFormat.Flac, 40_000);
        Assert.InRange(file.Length, 1, share * 80_000);
    }

    [Fact]
    public void Loud_samples_are_clipped_and_counted()
    {
        foreach (var format in Enum.GetValues<AudioFileFormat>())
        {
            var writer = AudioWriter.Create(new MemoryStream(), new AudioForm(8000, 1), format);
            writer.Add([0.5f, 1.5f, -2, 0.25f]);
            writer.Finish();
            Assert.Equal(2, writer.Clipped);
            Assert.Throws<ArgumentException>(() => writer.Add([float.NaN]));
        }
    }

    [Fact]
    public void What_a_format_cannot_hold_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => AudioWriter.Create(new MemoryStream(), new AudioForm(16_000, 9), AudioFileFormat.Flac));
        Assert.Throws<ArgumentOutOfRangeException>(() => AudioWriter.Create(new MemoryStream(), new AudioForm(700_000, 1), AudioFileFormat.Flac));
        Assert.Throws<InvalidOperationException>(() => AudioWriter.Create(new MemoryStream(), new AudioForm(16_000, 1), AudioFileFormat.Flac, 1).Finish());
    }

    [Theory]
    [InlineData("a.wav", AudioFileFormat.Wav)]
    [InlineData("a.WAVE", AudioFileFormat.Wav)]
    [InlineData("a", AudioFileFormat.Wav)]
    [InlineData("b/a.Flac", AudioFileFormat.Flac)]
    [InlineData("a.mp3", null)]
    [InlineData("a.raw", null)]
    public void A_name_asks_for_a_format(string name, AudioFileFormat? format) => Assert.Equal(format, AudioWriter.FormatOf(name));

    private static float[] Sound(string kind, int count)
    {
        var random = new Random(5);
        return [.. Enumerable.Range(0, count).Select(i => kind switch
        {
            "wave" => (int)(12_000 * Math.Sin(i * 0.05)),
            "speech" => (int)(8000 * Math.Sin(i * 0.03) * Math.Sin(i * 0.0007) + 3000 * Math.Sin(i * 0.31) + 200 * random.NextDouble()) * (i / 3000 % 3 == 2 ? 0 : 1),
            "noise" => random.Next(short.MinValue, short.MaxValue + 1),
            "silence" => 0,
            "steps" => i / 700 % 5 * 4000 - 8000,
            _ => random.Next(3) switch { 0 => short.MinValue, 1 => short.MaxValue, _ => 0 },
        }).Select(value => value / 32768f)];
    }

    private static void Write(Stream stream, float[] samples, AudioForm form, AudioFileFormat format, int size, long? frames = null)
    {
        var writer = AudioWriter.Create(stream, form, format, frames);
        for (var at = 0; at < samples.Length; at += size) writer.Add(samples.AsSpan(at, Math.Min(size, samples.Length - at)));
        writer.Finish();
    }

    private sealed class Pipe : MemoryStream
    {
        public override bool CanSeek => false;
    }
}

using System.Buffers.Binary;
using System.IO.Pipes;
using Microsoft.Win32.SafeHandles;
using Qwen2Audio.Audio.Reading;

namespace Qwen2Audio.Audio.Tests;

/// <summary>Reading as mono at a given rate, in pieces.</summary>
public sealed class AudioConversionTests
{
    [Theory]
    [InlineData(44100, 2, 16000)]
    [InlineData(8000, 1, 16000)]
    [InlineData(48000, 3, 16000)]
    [InlineData(16000, 2, 16000)]
    [InlineData(11025, 1, 16001)]
    [InlineData(192000, 1, 8000)]
    [InlineData(1000, 1, 48000)]
    public void Pieces_give_the_samples_of_the_whole(int rate, int channels, int to)
    {
        var file = Wav(Signals.Noise(30_011 * channels, 1), rate, channels);
        AudioClip whole = AudioPreparation.Prepare(Reading.Read(file), to);
        foreach (AudioClip clip in (AudioClip[])[AudioFile.ReadMono(new MemoryStream(file), to), AudioFile.ReadMono(ForwardStream.Of(file, most: 999), to)])
        {
            Assert.Equal((to, 1, rate), (clip.SampleRate, clip.Channels, clip.StoredRate));
            Assert.Equal(whole.Samples, clip.Samples);
            Assert.Equal(whole.Warnings, clip.Warnings);
        }
    }

    /// <summary>Samples that are passed on: channels stay, are averaged or repeated, each resampled as if alone.</summary>
    [Theory]
    [InlineData(44100, 2, 48000, 2)]
    [InlineData(44100, 1, 48000, 2)]
    [InlineData(48000, 1, 48000, 2)]
    [InlineData(48000, 2, 48000, 2)]
    [InlineData(16000, 3, 24000, 2)]
    [InlineData(44100, 2, 16000, 1)]
    public async Task Samples_are_passed_on_in_any_form(int rate, int channels, int to, int wanted)
    {
        var file = Wav(Signals.Noise(10_007 * channels, 1), rate, channels);
        AudioClip stored = Reading.Read(file);
        var made = new List<float>();
        var warnings = await AudioFile.ReadPiecesAsync(ForwardStream.Of(file, most: 999), new AudioForm(to, wanted), samples => made.AddRange(samples), cancellation: TestContext.Current.CancellationToken);
        for (var c = 0; c < wanted; c++)
        {
            AudioClip one = stored with { Channels = 1, Samples = channels == wanted ? [.. stored.Samples.Where((_, i) => i % channels == c)] : AudioPreparation.Prepare(stored, rate).Samples };
            Assert.Equal(AudioPreparation.Prepare(one, to).Samples, made.Where((_, i) => i % wanted == c));
        }

        Assert.Equal((channels != wanted && channels > 1, channels != wanted && wanted > 1, rate != to), (Has(AudioWarningCode.DownMixed), Has(AudioWarningCode.Repeated), Has(AudioWarningCode.Resampled)));

        bool Has(AudioWarningCode code) => warnings.Any(warning => warning.Code == code);
    }

    [Fact]
    public void Audio_that_is_in_the_form_already_is_read_as_it_is()
    {
        var file = WavBytes.Pcm16([.. Signals.Noise(5000, 1).Select(v => (short)(v * 32767))]);
        AudioClip clip = AudioFile.ReadMono(new MemoryStream(file));
        Assert.Equal(Reading.Read(file).Samples, clip.Samples);
        Assert.Empty(clip.Warnings);
    }

    [Theory]
    [InlineData(44100, 2)]
    [InlineData(16000, 1)]
    public void The_limit_of_bytes_counts_what_is_returned(int rate, int channels)
    {
        var file = Wav(Signals.Noise(rate * channels, 1), rate, channels);
        Assert.Equal(16000, AudioFile.ReadMono(new MemoryStream(file), options: new AudioReadOptions { MaxDecodedBytes = 64_000 }).Frames);
        var less = new AudioReadOptions { MaxDecodedBytes = 63_000 };
        Assert.Equal(AudioFault.TooLong, Assert.Throws<AudioFormatException>(() => AudioFile.ReadMono(new MemoryStream(file), options: less)).Fault);
        AudioClip cut = AudioFile.ReadMono(new MemoryStream(file), options: less with { LongAudio = LongAudio.Cut });
        Assert.InRange(cut.Frames, 15_740, 15_750);
        Assert.Contains(AudioWarningCode.Cut, cut.Codes());
    }

    [Fact]
    [Trait("Row", "A10")]
    public void Memory_is_that_of_the_result_whatever_the_file_packs()
    {
        // 60 s of 8 channels at 96 kHz, constant: 184 MB of samples as stored, 4 MB as they are returned
        var silence = new int[65_535 * 88];
        var frames = new PlainFlacEncoder { Channels = [.. Enumerable.Repeat(silence, 8)], Block = 65_535, Rate = 96_000, TotalKnown = false, DigestKnown = false, Kind = FlacKind.Constant }.ToArray();
        AudioFile.ReadMono(new MemoryStream(frames));
        var before = GC.GetAllocatedBytesForCurrentThread();
        AudioClip clip = AudioFile.ReadMono(new MemoryStream(frames));
        Assert.InRange(clip.Seconds, 60, 61);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 * clip.Samples.Length + (10 << 20));
    }

    [Fact]
    public void There_is_no_limit_of_duration_by_default()
    {
        var head = new WavBytes(size: uint.MaxValue).Format(rate: 1000, bits: 8).Data([], uint.MaxValue).ToArray(patch: false);
        using var hours = new ForwardStream(i => i < head.Length ? head[i] : i < head.Length + 3 * 3600 * 1000 ? (byte)128 : null);
        Assert.Equal(3 * 3600.0, AudioFile.Read(hours).Seconds);
    }

    [Fact]
    public void Cancellation_ends_an_endless_stream()
    {
        var head = new WavBytes(size: uint.MaxValue).Format().Data([], uint.MaxValue).ToArray(patch: false);
        using var source = new CancellationTokenSource();
        using var endless = new ForwardStream(i =>
        {
            if (i == 1 << 20) source.Cancel();
            return i < head.Length ? head[i] : (byte)1;
        });
        Assert.Throws<OperationCanceledException>(() => AudioFile.ReadMono(endless, cancellation: source.Token));
    }

    [Fact]
    public async Task Cancellation_ends_the_wait_for_a_pipe_that_gives_nothing_more()
    {
        using var source = new CancellationTokenSource();
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        await using var end = new FileStream(new SafeFileHandle(pipe.ClientSafePipeHandle.DangerousGetHandle(), ownsHandle: false), FileAccess.Read, bufferSize: 0);
        var reading = Task.Run(() => AudioFile.Read(end, new ReadRequest(new AudioReadOptions(), new AudioForm(16000, 1), Cancellation: source.Token), "pipe"), TestContext.Current.CancellationToken);
        var bytes = new WavBytes(size: uint.MaxValue).Format().Data(new byte[1 << 18], uint.MaxValue).ToArray(patch: false); // more than a pipe holds: some is read
        await Task.WhenAny(reading, pipe.WriteAsync(bytes, TestContext.Current.CancellationToken).AsTask());
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    private static byte[] Wav(float[] samples, int rate, int channels)
    {
        var data = new byte[2 * samples.Length];
        for (var i = 0; i < samples.Length; i++) BinaryPrimitives.WriteInt16LittleEndian(data.AsSpan(2 * i), (short)(samples[i] * 32767));
        return new WavBytes().Format(channels: channels, rate: (uint)rate).Data(data).ToArray();
    }
}

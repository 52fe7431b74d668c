using Qwen2Audio.Audio.Mel;

namespace Qwen2Audio.Audio.Tests;

public sealed class WavFaultTests
{
    private static readonly AudioReadOptions UsePresent = new() { TruncatedData = TruncatedData.UsePresent };

    [Fact]
    [Trait("Row", "A1")]
    public void Zero_to_43_bytes_are_refused()
    {
        Assert.Contains("RIFF header", Reading.Refused([], AudioFault.NotAudio).Message, StringComparison.Ordinal);
        var whole = WavBytes.Pcm16(1, 2, 3);
        for (var length = 1; length < 44; length++)
            Assert.Throws<AudioFormatException>(() => Reading.Read(whole[..length]));
    }

    [Fact]
    [Trait("Row", "A1")]
    public void A_header_alone_is_an_empty_clip()
    {
        AudioClip clip = Reading.Read(WavBytes.Pcm16());
        Assert.Empty(clip.Samples);
        Assert.Equal(0, clip.Seconds);
        Assert.Equal([AudioWarningCode.Empty], clip.Codes());
    }

    [Theory]
    [Trait("Row", "A2")]
    [InlineData("<!DOCTYPE html><html></html>", AudioFault.NotAudio)]
    [InlineData("hello, this is text", AudioFault.NotAudio)]
    [InlineData("\u0089PNG\r\n\u001a\n\0\0\0\rIHDR", AudioFault.NotSupported)]
    [InlineData("\0\0\0 ftypM4A \0\0\0\0", AudioFault.NotSupported)]
    [InlineData("RIFF\u0010\0\0\0AVI LIST", AudioFault.NotSupported)]
    public void Other_content_is_refused_with_the_accepted_formats(string content, AudioFault fault)
    {
        using var folder = new TemporaryFolder();
        var path = folder["clip.wav"];
        File.WriteAllBytes(path, System.Text.Encoding.Latin1.GetBytes(content));
        var error = Assert.Throws<AudioFormatException>(() => AudioFile.Read(path));
        Assert.Equal(fault, error.Fault);
        Assert.Equal(path, error.File);
        Assert.Contains("WAV", error.Allowed, StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Row", "A3")]
    [InlineData(1u)]
    [InlineData(2u)]
    [InlineData(1_000_000_000u)]
    public void Declared_size_larger_than_file_is_refused_or_what_is_present_is_used(uint more)
    {
        var file = new WavBytes().Format().Data([0, 0x40, 0, 0x20, 0, 0x10], 6 + more).ToArray();
        Assert.Contains($"{6 + more}", Reading.Refused(file, AudioFault.Truncated).Allowed, StringComparison.Ordinal);

        var before = GC.GetAllocatedBytesForCurrentThread();
        AudioClip clip = Reading.Read(file, UsePresent);
        var seekable = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal([0.5f, 0.25f, 0.125f], clip.Samples);
        Assert.Equal([AudioWarningCode.Truncated], clip.Codes());
        before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(clip.Samples, AudioFile.Read(ForwardStream.Of(file), UsePresent).Samples);
        Assert.InRange(Math.Max(seekable, GC.GetAllocatedBytesForCurrentThread() - before), 0, 1 << 20);
    }

    [Fact]
    [Trait("Row", "A3")]
    public void A_file_cut_within_a_sample_loses_that_sample_with_a_warning()
    {
        AudioClip clip = Reading.Read(new WavBytes().Format().Data([0, 0x40, 0, 0x20, 0], 6).ToArray(), UsePresent);
        Assert.Equal([0.5f, 0.25f], clip.Samples);
        Assert.Equal([AudioWarningCode.Truncated, AudioWarningCode.PartialSample], clip.Codes());
    }

    // sizes that writers to a pipe leave: 0, and about the largest that 31 or 32 bits hold
    [Theory]
    [Trait("Row", "A4")]
    [InlineData("RIFF", 0u, uint.MaxValue)]
    [InlineData("RIFF", uint.MaxValue, uint.MaxValue)]
    [InlineData("RIFF", 0x7FFF_F000u, 0x7FFF_F024u)]
    [InlineData("RIFF", 0x7FFF_FFFFu, 0u)]
    [InlineData("RIFF", 0x7FFF_FFDBu, 0x7FFF_FFFFu)]
    [InlineData("RIFF", 0x7F00_0000u, 0x7F00_0024u)]
    [InlineData("RIFF", 0x8000_0000u, 0x8000_0024u)]
    [InlineData("RIFF", 0xFFFF_1000u, 0xFFFF_1046u)]
    [InlineData("RIFF", 0xFFFF_FFD3u, 0xFFFF_FFF7u)]
    [InlineData("RIFF", 0xFFFF_FF00u, 40u)]
    [InlineData("RIFF", 123_456u, uint.MaxValue)]
    [InlineData("RIFF", 123_456u, 0u)]
    [InlineData("RF64", uint.MaxValue, uint.MaxValue)]
    public void Sizes_that_a_writer_to_a_pipe_leaves_read_to_the_end_with_one_warning(string riff, uint size, uint riffSize)
    {
        var file = new WavBytes(riff, riffSize).Format().Data([0, 0x40, 0, 0x20], size).ToArray(patch: false);
        AudioClip clip = Reading.Read(file);
        Assert.Equal([0.5f, 0.25f], clip.Samples);
        Assert.Equal([AudioWarningCode.LengthUnknown], clip.Codes());
        Assert.Equal(clip.Samples, AudioFile.Read(ForwardStream.Of(file)).Samples);
    }

    [Theory]
    [Trait("Row", "A4")]
    [InlineData(0UL)]
    [InlineData(ulong.MaxValue)]
    [InlineData((ulong)long.MaxValue)]
    [InlineData((ulong)uint.MaxValue)]
    public void Open_sizes_of_64_bits_read_to_the_end(ulong size)
    {
        var file = new WavBytes("RF64", uint.MaxValue).Chunk("ds64", 28).U64(size).U64(size).U64(0).U32(0).Format()
            .Data([0, 0x40, 0, 0x20], uint.MaxValue).ToArray(patch: false);
        AudioClip clip = Reading.Read(file);
        Assert.Equal([0.5f, 0.25f], clip.Samples);
        Assert.Equal([AudioWarningCode.LengthUnknown], clip.Codes());
    }

    [Theory]
    [Trait("Row", "A3")]
    [InlineData(0x4000_0000u)]
    [InlineData(0xC000_0000u)]
    public void A_large_size_that_no_writer_leaves_is_a_file_that_was_cut_off(uint size) =>
        Reading.Refused(new WavBytes("RIFF", size + 36).Format().Data([0, 0x40], size).ToArray(patch: false), AudioFault.Truncated);

    [Fact]
    public void A_riff_header_that_declares_more_than_there_is_gets_a_warning()
    {
        AudioClip clip = Reading.Read(new WavBytes("RIFF", 1000).Format().Data([0, 0x40]).ToArray(patch: false));
        Assert.Equal([0.5f], clip.Samples);
        Assert.Equal([AudioWarningCode.HeaderInconsistent], clip.Codes());
    }

    [Fact]
    [Trait("Row", "A4")]
    public void Rf64_size_is_taken_from_its_chunk()
    {
        var file = new WavBytes("RF64", uint.MaxValue).Chunk("ds64", 28).U64(80).U64(4).U64(2).U32(0).Format()
            .Data([0, 0x40, 0, 0x20], uint.MaxValue).Text("LIST").U32(4).Text("abcd").ToArray(patch: false);
        AudioClip clip = Reading.Read(file);
        Assert.Equal([0.5f, 0.25f], clip.Samples);
        Assert.Empty(clip.Warnings);
        var huge = new WavBytes("RF64", uint.MaxValue).Chunk("ds64", 28).U64(1UL << 62).U64(1UL << 62).U64(2).U32(0).Format()
            .Data([0, 0x40], uint.MaxValue).ToArray(patch: false);
        Reading.Refused(huge, AudioFault.Truncated);
    }

    [Fact]
    [Trait("Row", "A4")]
    public void An_endless_stream_stops_at_the_allowed_duration()
    {
        var header = new WavBytes(size: uint.MaxValue).Format(channels: 2).Data([], uint.MaxValue).ToArray(patch: false);
        var options = new AudioReadOptions { MaxSeconds = 2 };
        using var endless = new ForwardStream(i => i < header.Length ? header[i] : (byte)1);
        Assert.Equal(AudioFault.TooLong, Assert.Throws<AudioFormatException>(() => AudioFile.Read(endless, options)).Fault);
        Assert.InRange(endless.Taken, 128_000, 128_000 + 200_000);
        using var again = new ForwardStream(i => i < header.Length ? header[i] : (byte)1);
        AudioClip clip = AudioFile.Read(again, options with { LongAudio = LongAudio.Cut });
        Assert.Equal(2.0, clip.Seconds);
        Assert.Equal([AudioWarningCode.Cut], clip.Codes());
    }

    [Fact]
    [Trait("Row", "A4")]
    public void An_empty_data_chunk_before_other_chunks_is_empty()
    {
        AudioClip clip = Reading.Read(new WavBytes().Format().Data([]).Chunk("LIST", 4).Text("abcd").ToArray());
        Assert.Equal([AudioWarningCode.Empty], clip.Codes());
    }

    [Fact]
    [Trait("Row", "A6")]
    public void Odd_chunks_are_padded_and_unknown_ones_skipped() =>
        Assert.Equal([0.5f], Reading.Read(new WavBytes().Chunk("LIST", 3).Text("abc\0").Format().Chunk("fact", 0).Data([0, 0x40]).ToArray()).Samples);

    [Theory]
    [Trait("Row", "A6")]
    [InlineData(0u)]
    [InlineData(4u)]
    [InlineData(15u)]
    [InlineData(1u << 31)]
    public void Format_chunks_of_impossible_size_are_refused(uint size) =>
        Assert.Contains("fmt", Reading.Refused(new WavBytes().Chunk("fmt ", size).Raw(new byte[64]).ToArray(), AudioFault.Damaged).Place, StringComparison.Ordinal);

    [Theory]
    [Trait("Row", "A6")]
    [InlineData(0xFFFF_FFFFu)]
    [InlineData(0x8000_0001u)]
    [InlineData(100u)]
    public void A_chunk_larger_than_the_rest_is_refused(uint size) =>
        Reading.Refused(new WavBytes().Format().Chunk("junk", size).Raw(new byte[50]).ToArray(), AudioFault.Truncated);

    [Fact]
    [Trait("Row", "A6")]
    public void Wrong_order_and_repetition_are_refused()
    {
        Reading.Refused(new WavBytes().Data([0, 0]).Format().ToArray(), AudioFault.Damaged);
        Reading.Refused(new WavBytes().Format().Format().Data([0, 0]).ToArray(), AudioFault.Damaged);
        Reading.Refused(new WavBytes().Format().ToArray(), AudioFault.Truncated);
    }

    [Fact]
    [Trait("Row", "A6")]
    public void Millions_of_empty_chunks_stop_at_the_bound()
    {
        var start = new WavBytes().ToArray();
        byte[] chunk = [(byte)'j', (byte)'u', (byte)'n', (byte)'k', 0, 0, 0, 0];
        using var stream = new ForwardStream(i => i < start.Length ? start[i] : i < 80_000_012 ? chunk[(i - start.Length) % 8] : null);
        Assert.Contains("1024", Assert.Throws<AudioFormatException>(() => AudioFile.Read(stream)).Allowed, StringComparison.Ordinal);
        Assert.InRange(stream.Taken, 1024 * 8, 1024 * 8 + (1 << 17));
    }

    [Theory]
    [Trait("Row", "A9")]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Numbers_that_are_not_finite_are_refused_with_their_index_or_replaced_and_counted(float bad)
    {
        var file = WavBytes.Floats(0.5f, bad, -0.5f, bad);
        Assert.Contains("sample 1", Reading.Refused(file, AudioFault.NonFinite).Place, StringComparison.Ordinal);
        AudioClip clip = Reading.Read(file, new AudioReadOptions { NonFinite = NonFinite.ReplaceByZero });
        Assert.Equal([0.5f, 0, -0.5f, 0], clip.Samples);
        Assert.Equal([AudioWarningCode.NonFiniteReplaced], clip.Codes());
        Assert.Contains("2 samples", clip.Warnings[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Row", "A9")]
    public void Doubles_beyond_float_range_are_not_finite()
    {
        var data = BitConverter.GetBytes(1e300);
        Reading.Refused(new WavBytes().Format(3, bits: 64).Data(data).ToArray(), AudioFault.NonFinite);
    }

    [Fact]
    [Trait("Row", "A9")]
    public void Samples_over_the_largest_magnitude_are_no_audio_and_those_below_are_read_with_a_warning()
    {
        var over = MathF.BitIncrement(AudioClip.MostMagnitude);
        var fault = Reading.Refused(WavBytes.Floats(0.5f, -over), AudioFault.NonFinite);
        Assert.Equal(("sample 1 of channel 0", $"{-over}", "finite numbers up to 1E+15 in magnitude; full scale is 1"), (fault.Place, fault.Found, fault.Allowed));
        AudioClip replaced = Reading.Read(WavBytes.Floats(0.5f, over, -1e38f), new AudioReadOptions { NonFinite = NonFinite.ReplaceByZero });
        Assert.Equal([0.5f, 0, 0], replaced.Samples);
        Assert.Equal([AudioWarningCode.NonFiniteReplaced], replaced.Codes());
        AudioClip clip = Reading.Read(WavBytes.Floats(0.5f, AudioClip.MostMagnitude));
        Assert.Equal([0.5f, AudioClip.MostMagnitude], clip.Samples);
        Assert.Equal([AudioWarningCode.OverFullScale], clip.Codes());
    }

    [Theory]
    [Trait("Row", "A9")]
    [InlineData(AudioClip.MostMagnitude)]
    [InlineData(1e38f)]
    public void Huge_finite_numbers_have_a_finite_spectrum(float magnitude)
    {
        float[] samples = [.. Enumerable.Range(0, 800).Select(i => i % 2 == 0 ? magnitude : -magnitude)];
        Assert.All(LogMel.Compute(samples, new LogMelOptions { PadTo = null }).Values, v => Assert.True(float.IsFinite(v)));
    }
}

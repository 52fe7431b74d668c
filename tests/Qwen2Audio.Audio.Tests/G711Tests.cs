using Qwen2Audio.Audio.Compressed;

namespace Qwen2Audio.Audio.Tests;

/// <summary>A-law and µ-law, the codings of telephony, in WAV.</summary>
public sealed class G711Tests
{
    private static readonly byte[] Codes = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];

    // ITU-T G.711, tables 1a to 2b: decoder output values at the ends and the middle, 13 and 14 bits shifted to 16
    [Theory]
    [InlineData(6, 0xD5, 8)]
    [InlineData(6, 0x55, -8)]
    [InlineData(6, 0xAA, 32256)]
    [InlineData(6, 0x2A, -32256)]
    [InlineData(6, 0xC5, 264)]
    [InlineData(6, 0x80, 5504)]
    [InlineData(7, 0xFF, 0)]
    [InlineData(7, 0x7F, 0)]
    [InlineData(7, 0x80, 32124)]
    [InlineData(7, 0x00, -32124)]
    [InlineData(7, 0xFE, 8)]
    [InlineData(7, 0x8F, 16764)]
    public void Codes_are_the_samples_of_the_recommendation(int code, byte stored, int sample) =>
        Assert.Equal([sample / 32768f], Reading.Read(new WavBytes().Format(code, bits: 8).Data([stored]).ToArray()).Samples);

    [Theory]
    [InlineData(6)]
    [InlineData(7)]
    public void All_codes_are_those_of_libsndfile(int code)
    {
        Assert.SkipUnless(SndFile.IsInstalled, "libsndfile is not installed (apt-get install libsndfile1)");
        byte[] au = [.. ".snd"u8, 0, 0, 0, 24, 0, 0, 1, 0, 0, 0, 0, (byte)(code == 6 ? 27 : 1), 0, 0, 0x1F, 0x40, 0, 0, 0, 1, .. Codes];
        AudioClip wav = Reading.Read(new WavBytes().Format(code, rate: 8000, bits: 8).Data(Codes).ToArray());
        Assert.Equal(Reading.Read(au).Samples, wav.Samples);
        Assert.Contains("G.711", wav.Encoding, StringComparison.Ordinal);
        Assert.Empty(wav.Warnings);
    }

    [Fact]
    public void The_usual_header_of_18_bytes_and_several_channels_are_read()
    {
        var file = new WavBytes().Chunk("fmt ", 18).U16(7).U16(2).U32(8000).U32(16000).U16(2).U16(8).U16(0)
            .Chunk("fact", 4).U32(2).Data([0x80, 0xFF, 0xFF, 0x00]).ToArray();
        AudioClip clip = Reading.Read(file);
        Assert.Equal((2, 8000), (clip.Channels, clip.SampleRate));
        Assert.Equal([32124 / 32768f, 0, 0, -32124 / 32768f], clip.Samples);
    }

    [Fact]
    public void Other_than_8_bits_are_refused() =>
        Assert.Contains("bits", Reading.Refused(new WavBytes().Format(6, bits: 16).Data(new byte[2]).ToArray(), AudioFault.Damaged).Place, StringComparison.Ordinal);
}

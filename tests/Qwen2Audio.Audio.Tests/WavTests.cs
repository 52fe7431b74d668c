using System.Buffers.Binary;
using Qwen2Audio.Audio.Compressed;
using Qwen2Audio.Audio.Wav;

namespace Qwen2Audio.Audio.Tests;

public sealed class WavTests
{
    [Fact]
    [Trait("Row", "A8")]
    public void Unsigned_8_bit_is_exact() =>
        Assert.Equal([-1f, -127 / 128f, 0f, 1 / 128f, 127 / 128f], Reading.Read(new WavBytes().Format(bits: 8).Data([0, 1, 128, 129, 255]).ToArray()).Samples);

    [Fact]
    [Trait("Row", "A8")]
    public void Integer_16_bit_is_exact() =>
        Assert.Equal([-1f, -1 / 32768f, 0f, 1 / 32768f, 32767 / 32768f], Reading.Read(WavBytes.Pcm16(short.MinValue, -1, 0, 1, short.MaxValue)).Samples);

    [Theory]
    [Trait("Row", "A8")]
    [InlineData(-8388608)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8388607)]
    [InlineData(0x123456)]
    public void Integer_24_bit_is_exact(int value)
    {
        byte[] data = [(byte)value, (byte)(value >> 8), (byte)(value >> 16)];
        Assert.Equal([value / 8388608f], Reading.Read(new WavBytes().Format(bits: 24).Data(data).Raw(0).ToArray()).Samples);
    }

    [Theory]
    [Trait("Row", "A8")]
    [InlineData(int.MinValue, -1f)]
    [InlineData(1 << 30, 0.5f)]
    [InlineData(-256, -256 / 2147483648f)]
    [InlineData(int.MaxValue, 1f)]
    public void Integer_32_bit_is_exact_to_float_precision(int value, float expected)
    {
        var data = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(data, value);
        Assert.Equal([expected], Reading.Read(new WavBytes().Format(bits: 32).Data(data).ToArray()).Samples);
    }

    [Fact]
    [Trait("Row", "A8")]
    public void Float_32_bit_is_exact_and_may_exceed_full_scale_with_a_warning()
    {
        AudioClip clip = Reading.Read(WavBytes.Floats(-1, 1, 0, float.Epsilon, 1.5f));
        Assert.Equal([-1, 1, 0, float.Epsilon, 1.5f], clip.Samples);
        Assert.Equal([AudioWarningCode.OverFullScale], clip.Codes());
    }

    [Fact]
    [Trait("Row", "A7")]
    public void Float_64_bit_is_read()
    {
        var data = new byte[16];
        BinaryPrimitives.WriteDoubleLittleEndian(data, -1);
        BinaryPrimitives.WriteDoubleLittleEndian(data.AsSpan(8), 0.1);
        Assert.Equal([-1, 0.1f], Reading.Read(new WavBytes().Format(3, bits: 64).Data(data).ToArray()).Samples);
    }

    [Theory]
    [Trait("Row", "A7")]
    [InlineData(1, 16, 16)]
    [InlineData(1, 16, 12)]
    [InlineData(1, 24, 20)]
    [InlineData(3, 32, 32)]
    [InlineData(6, 8, 8)]
    [InlineData(7, 8, 8)]
    public void Extensible_format_with_known_sub_format_is_read(int code, int bits, int valid) =>
        Assert.Equal([code switch { 6 => -5504 / 32768f, 7 => -32124 / 32768f, _ => 0 }], Reading.Read(new WavBytes().Extensible(code, bits, valid).Data(new byte[bits / 8]).ToArray()).Samples);

    [Theory]
    [Trait("Row", "A7")]
    [InlineData(0x0002, 4, "ADPCM")]
    [InlineData(0x0011, 4, "ADPCM")]
    [InlineData(0x0055, 16, "MP3")]
    [InlineData(0x1234, 16, "0x1234")]
    public void Other_codes_are_refused_by_name(int code, int bits, string name)
    {
        var file = new WavBytes().Format(code, bits: bits).Data(new byte[64]).ToArray();
        AudioFormatException refused = Reading.Refused(file, SndFile.IsInstalled ? AudioFault.NotSupported : AudioFault.LibraryMissing);
        Assert.Contains(name, refused.Found, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Row", "A7")]
    public void Extensible_format_with_unknown_guid_is_refused_by_name()
    {
        var file = new WavBytes().Extensible(1, 16, 16, tail: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]).Data(new byte[2]).ToArray();
        Assert.Contains("02010001-0403-0605", Reading.Refused(file, SndFile.IsInstalled ? AudioFault.NotSupported : AudioFault.LibraryMissing).Found, StringComparison.Ordinal);
        Reading.Refused(new WavBytes().Extensible(1, 16, 17).Data(new byte[2]).ToArray(), AudioFault.Damaged);
    }

    [Theory]
    [Trait("Row", "A5")]
    [InlineData(0, 16000u, 16, null, "channels")]
    [InlineData(65, 16000u, 16, null, "channels")]
    [InlineData(65535, 16000u, 16, 2, "channels")]
    [InlineData(1, 16000u, 0, null, "bits")]
    [InlineData(1, 16000u, 7, null, "bits")]
    [InlineData(1, 16000u, 12, 2, "bits")]
    [InlineData(1, 16000u, 65, null, "bits")]
    [InlineData(2, 16000u, 16, 2, "block align")]
    [InlineData(1, 16000u, 16, 0, "block align")]
    [InlineData(1, 0u, 16, null, "sample rate")]
    [InlineData(1, 1u, 16, null, "sample rate")]
    [InlineData(1, 1u << 31, 16, null, "sample rate")]
    public void Impossible_fields_are_refused_by_name(int channels, uint rate, int bits, int? align, string field) =>
        Assert.Contains(field, Reading.Refused(new WavBytes().Format(1, channels, rate, bits, align).Data(new byte[64]).ToArray(), AudioFault.Damaged).Place, StringComparison.Ordinal);

    [Fact]
    public void Channels_come_interleaved()
    {
        AudioClip clip = Reading.Read(new WavBytes().Format(channels: 2, rate: 8000).Data([0, 0x40, 0, 0xC0, 0, 0x20, 0, 0xE0]).ToArray());
        Assert.Equal((2, 8000, 2, 2 / 8000.0), (clip.Channels, clip.SampleRate, clip.Frames, clip.Seconds));
        Assert.Equal([0.5f, -0.5f, 0.25f, -0.25f], clip.Samples);
    }

    [Theory]
    [InlineData(nameof(WavEncoding.Integer16))]
    [InlineData(nameof(WavEncoding.Float32))]
    public void What_is_written_is_read_again(string encoding)
    {
        float[] samples = [.. Signals.Noise(50_000, 3).Select(v => MathF.Round(v * 32768) / 32768)];
        using var stream = new MemoryStream();
        Assert.Equal(0, WavWriter.Write(stream, samples, 22050, 2, Enum.Parse<WavEncoding>(encoding)));
        AudioClip clip = Reading.Read(stream.ToArray());
        Assert.Equal(samples, clip.Samples);
        Assert.Equal((22050, 2), (clip.SampleRate, clip.Channels));
        Assert.Empty(clip.Warnings);
    }

    [Fact]
    public void The_writer_counts_what_it_clips_and_refuses_what_is_no_number()
    {
        using var stream = new MemoryStream();
        Assert.Equal(2, WavWriter.Write(stream, [2, -2, 0.5f], 16000));
        Assert.Equal([32767 / 32768f, -1, 0.5f], Reading.Read(stream.ToArray()).Samples);
        stream.SetLength(0);
        Assert.Throws<ArgumentException>(() => WavWriter.Write(stream, [0, float.NaN], 16000));
        Assert.Equal(0, stream.Length);
        Assert.Throws<ArgumentException>(() => WavWriter.Write(stream, [0, 0, 0], 16000, 2));
    }
}

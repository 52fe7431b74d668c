using System.Buffers.Binary;

namespace Qwen2Audio.Audio.Tests;

/// <summary>Builds valid and invalid WAV files chunk by chunk.</summary>
internal sealed class WavBytes
{
    private readonly List<byte> _bytes = [];

    public WavBytes(string riff = "RIFF", uint size = 0, string form = "WAVE") => Text(riff).U32(size).Text(form);

    public WavBytes Text(string text)
    {
        _bytes.AddRange(Encoding.Latin1.GetBytes(text));
        return this;
    }

    public WavBytes U16(int value)
    {
        _bytes.AddRange([(byte)value, (byte)(value >> 8)]);
        return this;
    }

    public WavBytes U32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _bytes.AddRange(bytes);
        return this;
    }

    public WavBytes U64(ulong value) => U32((uint)value).U32((uint)(value >> 32));

    public WavBytes Raw(params ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public WavBytes Chunk(string id, uint size) => Text(id).U32(size);

    /// <summary>An fmt chunk of 16 bytes; block align and byte rate follow from the rest unless given.</summary>
    public WavBytes Format(int code = 1, int channels = 1, uint rate = 16000, int bits = 16, int? align = null)
    {
        var block = align ?? channels * bits / 8;
        return Chunk("fmt ", 16).U16(code).U16(channels).U32(rate).U32((uint)(rate * (ulong)block)).U16(block).U16(bits);
    }

    public WavBytes Extensible(int code, int bits, int valid, int channels = 1, byte[]? tail = null) =>
        Chunk("fmt ", 40).U16(0xFFFE).U16(channels).U32(16000).U32((uint)(16000 * channels * bits / 8)).U16(channels * bits / 8).U16(bits)
            .U16(22).U16(valid).U32(0).U16(code).Raw(tail ?? [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]);

    /// <summary>A data chunk, by default of its true size.</summary>
    public WavBytes Data(byte[] data, uint? declared = null) => Chunk("data", declared ?? (uint)data.Length).Raw(data);

    /// <summary>The bytes, by default with the correct RIFF size.</summary>
    public byte[] ToArray(bool patch = true)
    {
        byte[] all = [.. _bytes];
        if (patch) BinaryPrimitives.WriteUInt32LittleEndian(all.AsSpan(4), (uint)all.Length - 8);
        return all;
    }

    /// <summary>A plain 16-bit mono file at 16 kHz.</summary>
    public static byte[] Pcm16(params short[] samples)
    {
        var data = new byte[2 * samples.Length];
        for (var i = 0; i < samples.Length; i++) BinaryPrimitives.WriteInt16LittleEndian(data.AsSpan(2 * i), samples[i]);
        return new WavBytes().Format().Data(data).ToArray();
    }

    public static byte[] Floats(params float[] samples)
    {
        var data = new byte[4 * samples.Length];
        for (var i = 0; i < samples.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(4 * i), samples[i]);
        return new WavBytes().Format(3, bits: 32).Data(data).ToArray();
    }
}

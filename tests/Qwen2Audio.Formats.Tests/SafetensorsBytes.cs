using System.Buffers.Binary;
using Qwen2Audio.Formats.Safetensors;

namespace Qwen2Audio.Formats.Tests;

/// <summary>Bytes of valid and invalid safetensors files.</summary>
internal static class SafetensorsBytes
{
    public static byte[] Build(string header, int dataBytes, ulong? declared = null) => Build(Encoding.UTF8.GetBytes(header), dataBytes, declared);

    public static byte[] Build(byte[] header, int dataBytes, ulong? declared = null)
    {
        var file = new byte[8 + header.Length + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(file, declared ?? (ulong)header.Length);
        header.CopyTo(file, 8);
        for (var i = 0; i < dataBytes; i++) file[8 + header.Length + i] = (byte)(i * 7);
        return file;
    }

    public static string Entry(string name, string dtype, string shape, string offsets) =>
        "{" + Quote(name) + ":{\"dtype\":" + Quote(dtype) + ",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}}";

    /// <summary>Opens the file, expects an exception that names it, and returns the message.</summary>
    public static string Refused(byte[] bytes)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("x.safetensors", bytes);
        var exception = Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(path).Dispose());
        Assert.Equal(path, exception.File);
        Assert.StartsWith(path, exception.Message, StringComparison.Ordinal);
        return exception.Message;
    }

    public static string Refused(string header, int dataBytes = 0) => Refused(Build(header, dataBytes));

    private static string Quote(string text) => $"\"{text}\"";
}

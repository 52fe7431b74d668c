using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Qwen2Audio.Audio.Tests;

/// <summary>Recorded tensors, read in the simplest way.</summary>
internal sealed class Tensors
{
    private readonly byte[] _bytes;
    private readonly int _data;
    private readonly JsonElement _header;

    public Tensors(string path)
    {
        _bytes = File.ReadAllBytes(path);
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(_bytes);
        _data = 8 + length;
        _header = JsonDocument.Parse(_bytes.AsMemory(8, length)).RootElement;
    }

    public IEnumerable<string> Names => _header.EnumerateObject().Select(entry => entry.Name);

    public float[] Floats(string name) => Values<float>(name, "F32");

    public short[] Shorts(string name) => Values<short>(name, "I16");

    private T[] Values<T>(string name, string type)
        where T : unmanaged
    {
        JsonElement entry = _header.GetProperty(name);
        Assert.Equal(type, entry.GetProperty("dtype").GetString());
        int from = entry.GetProperty("data_offsets")[0].GetInt32(), to = entry.GetProperty("data_offsets")[1].GetInt32();
        return MemoryMarshal.Cast<byte, T>(_bytes.AsSpan(_data + from, to - from)).ToArray();
    }
}

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Qwen2Audio.Formats.Safetensors;

namespace Qwen2Audio.Testing;

/// <summary>A matrix in memory as blocks of Q8_0, named "x", and the same values in single precision, named "wide".</summary>
public sealed class BlockTensors : ITensorSource
{
    private readonly byte[] _wide;

    public BlockTensors(int columns, int rows)
    {
        Bytes = new byte[rows * columns / 32 * 34];
        new Random(1).NextBytes(Bytes);
        var wide = new float[rows * columns];
        for (var block = 0; block < wide.Length / 32; block++)
        {
            var scale = (Half)((block % 7 - 3) * 0.037);
            BinaryPrimitives.WriteHalfLittleEndian(Bytes.AsSpan(34 * block), scale);
            for (var i = 0; i < 32; i++) wide[32 * block + i] = (float)scale * (sbyte)Bytes[34 * block + 2 + i];
        }

        _wide = MemoryMarshal.AsBytes(wide.AsSpan()).ToArray();
        Tensors = new Dictionary<string, TensorInfo>(StringComparer.Ordinal)
        {
            ["x"] = new("x", DType.Q8_0, [rows, columns], 0),
            ["wide"] = new("wide", DType.F32, [rows, columns], 0),
        };
    }

    /// <summary>The blocks.</summary>
    public byte[] Bytes { get; }

    public string Path => "memory";

    public IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    public void ReadFloats(string name, Span<float> destination, long start) => FloatReading.Read(this, Tensors[name], destination, start);

    public void ReadBytes(string name, Span<byte> destination, long start) =>
        (name == "x" ? Bytes : _wide).AsSpan((int)start, destination.Length).CopyTo(destination);

    public MappedBytes Map(string name) => throw new NotSupportedException();
}

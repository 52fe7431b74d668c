using System.Runtime.InteropServices;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Numerics.Stored;

namespace Qwen2Audio.Formats.Tests;

public sealed class SafetensorsWriterTests : TestInFolder
{
    [Fact]
    public void What_is_written_is_read_back()
    {
        var random = new Random(1);
        var numbers = Enumerable.Range(0, 100_003).Select(_ => (float)(random.NextDouble() * 4 - 2)).ToArray();
        var path = Folder["x.safetensors"];
        SafetensorsWriter.Write(path,
        [
            NewTensor.Floats("single", [numbers.Length], numbers),
            NewTensor.Floats("half", [1, numbers.Length], numbers, DType.F16),
            NewTensor.Floats("brain", [numbers.Length, 1], numbers, DType.BF16),
            NewTensor.Int64s("whole", [2, 2], new long[] { 1, -2, long.MaxValue, long.MinValue }),
            NewTensor.Floats("scalar", [], new[] { 7f }),
            NewTensor.Floats("empty", [0, 5], ReadOnlyMemory<float>.Empty),
        ], new Dictionary<string, string> { ["format"] = "pt", ["ä\"\\\n"] = "é✓" });
        using var file = SafetensorsFile.Open(path);
        Assert.Equal(numbers, file.ReadFloats("single"));
        Assert.Equal(numbers.Select(n => (float)(Half)n), file.ReadFloats("half"));
        Assert.All(file.ReadFloats("brain").Zip(numbers), pair => Assert.True(Math.Abs(pair.First - pair.Second) <= Math.Abs(pair.Second) / 256));
        Assert.Equal([1, -2, long.MaxValue, long.MinValue], file.ReadInt64s("whole"));
        Assert.Equal([7f], file.ReadFloats("scalar"));
        Assert.Empty(file.ReadFloats("empty"));
        Assert.Equal("é✓", file.Metadata["ä\"\\\n"]);
        Assert.Equal(["x.safetensors"], Folder.Names());
    }

    [Fact]
    public void All_codes_of_the_short_types_survive_writing_and_reading()
    {
        foreach (var type in new[] { DType.F16, DType.BF16 })
        {
            var codes = Enumerable.Range(0, 65536).Select(i => (ushort)i).ToArray();
            var numbers = new float[codes.Length];
            StoredWidening.Widen(type.Stored()!.Value, MemoryMarshal.AsBytes(codes.AsSpan()), numbers);
            SafetensorsWriter.Write(Folder["x"], [NewTensor.Floats("x", [65536], numbers, type)]);
            using var file = SafetensorsFile.Open(Folder["x"]);
            var back = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ushort>(file.ReadBytes("x"));
            for (var i = 0; i < codes.Length; i++) Assert.True(back[i] == codes[i] || float.IsNaN(numbers[i]), $"{type} {i:x4} became {back[i]:x4}");
        }
    }

    [Theory]
    [InlineData(0x3F808000u, 0x3F80)] // a tie goes to the even code
    [InlineData(0x3F818000u, 0x3F82)]
    [InlineData(0x3F808001u, 0x3F81)]
    [InlineData(0x7F7FFFFFu, 0x7F80)] // beyond the largest: infinity
    [InlineData(0x7F800001u, 0x7FC0)] // not-a-number stays so
    [InlineData(0x80000001u, 0x8000)]
    public void Brain_floats_are_rounded_to_nearest_ties_to_even(uint bits, int code)
    {
        var to = new ushort[1];
        FloatConversion.ToBFloat16([BitConverter.UInt32BitsToSingle(bits)], to);
        Assert.Equal((ushort)code, to[0]);
    }

    [Fact]
    public void Files_of_the_reference_implementation_are_rewritten_byte_for_byte()
    {
        var files = Directory.Exists(Fixtures.Root)
            ? Directory.EnumerateFiles(Fixtures.Root, "*.safetensors", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToArray() : [];
        Assert.SkipWhen(files.Length == 0, Fixtures.MissingReason("*.safetensors"));
        var compared = 0;
        foreach (var path in files)
        {
            using var file = SafetensorsFile.Open(path);
            if (file.Metadata.Count > 1 || file.Tensors.Values.Any(t => t.DType is not (DType.F32 or DType.F16 or DType.BF16 or DType.I64))) continue;
            SafetensorsWriter.Write(Folder["copy"], file.Tensors.Values.Select(t => Copy(file, t)), file.Metadata);
            Assert.True(File.ReadAllBytes(path).AsSpan().SequenceEqual(File.ReadAllBytes(Folder["copy"])), $"{path} is written differently");
            compared++;
        }
        Assert.True(compared > 0);
    }

    private static NewTensor Copy(SafetensorsFile file, TensorInfo tensor) => tensor.DType == DType.I64
        ? NewTensor.Int64s(tensor.Name, [.. tensor.Shape], file.ReadInt64s(tensor.Name))
        : NewTensor.Floats(tensor.Name, [.. tensor.Shape], file.ReadFloats(tensor.Name), tensor.DType);

    [Fact]
    public void Wrong_use_is_refused_and_leaves_no_file()
    {
        var path = Folder["x"];
        var a = NewTensor.Floats("a", [1], new float[1]);
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, [a, a]));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, [NewTensor.Floats("__metadata__", [1], new float[1])]));
        Assert.ThrowsAny<ArgumentException>(() => SafetensorsWriter.Write(path, [NewTensor.Floats("\ud800", [1], new float[1])]));
        Assert.Throws<ArgumentException>(() => NewTensor.Floats("a", [2, 2], new float[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => NewTensor.Floats("a", [1], new float[1], DType.F64));
        Assert.Throws<ArgumentOutOfRangeException>(() => NewTensor.Floats("a", [-1], new float[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => NewTensor.Pieces("a", DType.F32, [1L << 32, 1L << 32], _ => { }));
        Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.Write(path, [NewTensor.Pieces("a", DType.F32, [2], s => s.Write([1f]))]));
        Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.Write(path, [NewTensor.Pieces("a", DType.F32, [2], s => s.Write([1f, 2f, 3f]))]));
        Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.Write(path, [NewTensor.Pieces("a", DType.F32, [2], s => s.Write([1L, 2L]))]));
        Assert.Empty(Folder.Names());
    }
}

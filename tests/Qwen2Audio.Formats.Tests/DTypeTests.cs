using System.Buffers.Binary;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Safetensors;

namespace Qwen2Audio.Formats.Tests;

/// <summary>Sizes and positions of values that are stored in blocks.</summary>
public sealed class DTypeTests
{
    [Theory]
    [InlineData(new long[] { 32 }, 34)]
    [InlineData(new long[] { 3, 64 }, 204)]
    [InlineData(new long[] { 2, 3, 32 }, 204)]
    [InlineData(new long[] { 0, 64 }, 0)]
    [InlineData(new long[] { 1L << 31, 1L << 31 }, 34L << 57)]
    public void A_tensor_has_as_many_bytes_as_its_blocks(long[] shape, long bytes)
    {
        var tensor = new TensorInfo("x", DType.Q8_0, shape, 100);
        Assert.Equal((bytes, shape.Aggregate(1L, (product, size) => product * size)), (tensor.ByteLength, tensor.Count));
    }

    [Theory]
    [InlineData(31)]
    [InlineData(33)]
    [InlineData(1)]
    public void Rows_are_whole_blocks(long columns) =>
        Assert.Contains("whole blocks of 32", Assert.Throws<ArgumentException>(() => new TensorInfo("x", DType.Q8_0, [32, columns], 0)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_scalar_of_blocks_and_a_size_beyond_63_bits_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new TensorInfo("x", DType.Q8_0, [], 0));
        Assert.Contains("too large", Assert.Throws<ArgumentException>(() => new TensorInfo("x", DType.Q8_0, [1L << 31, 1L << 32], 0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_type_has_a_size_and_an_unknown_one_none()
    {
        foreach (var type in Enum.GetValues<DType>())
        {
            var (numbers, bytes) = type.Block();
            Assert.Equal((3L * numbers, 3L * bytes), (new TensorInfo("x", type, [3, numbers], 0).Count, new TensorInfo("x", type, [3, numbers], 0).ByteLength));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => ((DType)99).Block());
        Assert.Throws<ArgumentOutOfRangeException>(() => new TensorInfo("x", (DType)99, [1], 0));
    }

    [Fact]
    public void Numbers_are_the_scale_times_the_byte_in_any_whole_blocks_of_the_tensor()
    {
        var source = new BlockTensors(32, 2188);
        var expected = ((ITensorSource)source).ReadFloats("wide");
        foreach (var (start, count) in new[] { (0, 70_016), (32, 64), (69_984, 32), (0, 0), (64, 65_536) })
        {
            var part = new float[count];
            source.ReadFloats("x", part, start);
            Assert.Equal(expected[start..(start + count)], part);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => source.ReadFloats("x", new float[32], 16));
        Assert.Throws<ArgumentOutOfRangeException>(() => source.ReadFloats("x", new float[31], 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => source.ReadFloats("x", new float[64], 70_016 - 32));
    }

    [Fact]
    public void They_are_looked_through_and_compared_as_other_numbers()
    {
        var source = new BlockTensors(32, 2188);
        WeightScan.RequireFinite(source);
        Assert.True(TensorComparison.Equal(source, "x", source, "wide"));
        TensorCheck.Require(source, [new ExpectedTensor("x", [2188, 32])], name => name == "wide");
        Assert.Contains("dtype: found Q8_0; allowed: F32", Assert.Throws<CheckpointException>(() => TensorCheck.Require(source, [new ExpectedTensor("x", [2188, 32], [DType.F32])])).Message, StringComparison.Ordinal);
        BinaryPrimitives.WriteHalfLittleEndian(source.Bytes.AsSpan(34 * 2100), Half.NaN);
        Assert.Contains("number 67200", Assert.Throws<CheckpointException>(() => WeightScan.RequireFinite(source)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Safetensors_files_have_no_blocks()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("x.safetensors", SafetensorsBytes.Build(SafetensorsBytes.Entry("x", "Q8_0", "[32]", "[0,34]"), 34));
        var message = Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(path)).Message;
        Assert.Contains("found \"Q8_0\"; allowed: BOOL, U8, I8, I16, F16, BF16, I32, F32, F64, I64", message, StringComparison.Ordinal);
        var source = new BlockTensors(32, 1);
        Assert.Contains("Q8_0", Assert.Throws<ArgumentOutOfRangeException>(() => NewTensor.Copy(source, source.Tensors["x"])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => NewTensor.Floats("x", [32], new float[32], DType.Q8_0));
    }
}

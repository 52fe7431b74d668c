using Qwen2Audio.Formats.Safetensors;

namespace Qwen2Audio.Formats.Tests;

/// <summary>Tensors with more values than a span can hold are written and read in pieces.</summary>
public sealed class FloatBytesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(10)]
    [InlineData(11)]
    public void Pieces_of_any_size_write_and_read_the_same_numbers(int most)
    {
        using var folder = new TemporaryFolder();
        float[] numbers = [.. Enumerable.Range(0, 10).Select(i => i + 0.5f)];
        long[] whole = [.. Enumerable.Range(0, 10).Select(i => (long)i)];
        var writes = new CountingStream();
        var sink = new TensorSink(writes, NewTensor.Floats("x", [10], numbers), most);
        sink.Write(numbers);
        sink.Finish();
        Assert.Equal(numbers, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(writes.ToArray()).ToArray());
        Assert.Equal((10 + most - 1) / most, writes.Writes);
        using var longs = new MemoryStream();
        sink = new TensorSink(longs, NewTensor.Int64s("n", [10], whole), most);
        sink.Write(whole);
        sink.Finish();
        Assert.Equal(whole, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(longs.ToArray()).ToArray());

        var path = folder["x.safetensors"];
        SafetensorsWriter.Write(path, [NewTensor.Floats("x", [10], numbers)]);
        using var file = SafetensorsFile.Open(path);
        var read = new float[7];
        FloatReading.Read(file, file.Tensors["x"], read, 2, most);
        Assert.Equal(numbers[2..9], read);
    }

    [Fact]
    public void Each_number_is_handed_over_once_with_its_place()
    {
        var numbers = new float[7];
        var seen = new List<(long Start, int Bytes)>();
        FloatBytes.Each(numbers, (bytes, start) =>
        {
            seen.Add((start, bytes.Length));
            bytes.Fill(1);
        }, 3);
        Assert.Equal([(0, 12), (3, 12), (6, 4)], seen);
        Assert.DoesNotContain(0, numbers);
    }

    private sealed class CountingStream : MemoryStream
    {
        public int Writes { get; private set; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Writes++;
            base.Write(buffer);
        }
    }
}

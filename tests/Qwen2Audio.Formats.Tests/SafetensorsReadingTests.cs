using System.Runtime.InteropServices;
using Qwen2Audio.Formats.Safetensors;

namespace Qwen2Audio.Formats.Tests;

public sealed class SafetensorsReadingTests : TestInFolder
{
    private SafetensorsFile Open<T>(string dtype, T[] numbers) where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(numbers.AsSpan());
        var file = SafetensorsBytes.Build(SafetensorsBytes.Entry("x", dtype, $"[{numbers.Length}]", $"[0,{bytes.Length}]"), bytes.Length);
        bytes.CopyTo(file.AsSpan(file.Length - bytes.Length));
        return SafetensorsFile.Open(Folder.Write($"{dtype}.safetensors", file));
    }

    [Fact]
    public void All_bfloat16_codes_are_widened_exactly()
    {
        var codes = Enumerable.Range(0, 65536).Select(i => (ushort)i).ToArray();
        using var file = Open("BF16", codes);
        var numbers = file.ReadFloats("x");
        for (var i = 0; i < codes.Length; i++) Assert.Equal((uint)i << 16, BitConverter.SingleToUInt32Bits(numbers[i]));
    }

    [Fact]
    public void All_half_precision_codes_are_widened_exactly()
    {
        var codes = Enumerable.Range(0, 65536).Select(i => (ushort)i).ToArray();
        using var file = Open("F16", codes);
        var numbers = file.ReadFloats("x");
        for (var i = 0; i < codes.Length; i++) Assert.Equal(HalfBits(i), BitConverter.SingleToUInt32Bits(numbers[i]));
    }

    // From the definition, in double arithmetic: sign, exponent, fraction; not-a-number keeps its fraction.
    private static uint HalfBits(int code)
    {
        var (sign, exponent, fraction) = ((uint)code >> 15, (code >> 10) & 31, code & 1023);
        if (exponent == 31) return (sign << 31) | 0x7F800000u | ((uint)fraction << 13);
        var magnitude = exponent == 0 ? fraction * Math.Pow(2, -24) : (1024 + fraction) * Math.Pow(2, exponent - 25);
        return (sign << 31) | BitConverter.SingleToUInt32Bits((float)magnitude);
    }

    [Theory]
    [InlineData("F16")]
    [InlineData("BF16")]
    public void Any_part_of_a_tensor_reads_as_in_the_whole(string dtype)
    {
        var codes = Enumerable.Range(0, 70_001).Select(i => (ushort)(i * 31 % 30_000)).ToArray();
        using var file = Open(dtype, codes);
        var whole = file.ReadFloats("x");
        foreach (var (start, count) in new[] { (0, 0), (0, 1), (1, 7), (3, 15), (32_767, 33), (70_001, 0), (17, 69_000) })
        {
            var part = new float[count];
            file.ReadFloats("x", part, start);
            Assert.Equal(whole[start..(start + count)], part);
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadFloats("x", new float[2], 70_000));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadFloats("x", new float[1], -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadFloats("x", new float[1], long.MaxValue));
        Assert.Throws<ArgumentException>(() => file.ReadFloats("x", new float[5]));
    }

    [Fact]
    public void Single_and_double_precision_are_read()
    {
        float[] singles = [0f, -0f, 1.5f, float.MaxValue, float.Epsilon, float.NaN, float.NegativeInfinity];
        using (var file = Open("F32", singles)) Assert.Equal(singles, file.ReadFloats("x"));
        double[] doubles = [0, 1e-3, Math.PI, 1e300, double.NaN, -1.5, .. Enumerable.Range(1, 101).Select(i => 1.0 / i)];
        using (var file = Open("F64", doubles)) Assert.Equal(doubles.Select(d => (float)d), file.ReadFloats("x"));
    }

    [Fact]
    public void Whole_numbers_are_read_in_every_size()
    {
        using (var file = Open("I64", new[] { long.MinValue, -1, 0, long.MaxValue })) Assert.Equal([long.MinValue, -1, 0, long.MaxValue], file.ReadInt64s("x"));
        using (var file = Open("I32", new[] { int.MinValue, -1, int.MaxValue })) Assert.Equal([int.MinValue, -1, int.MaxValue], file.ReadInt32s("x"));
        using (var file = Open("I16", new short[] { -32768, 7 })) Assert.Equal([-32768, 7], file.ReadInt32s("x"));
        using (var file = Open("I8", new sbyte[] { -128, 127 })) Assert.Equal([-128, 127], file.ReadInt32s("x"));
        using (var file = Open("U8", new byte[] { 0, 255 })) Assert.Equal([0, 255], file.ReadInt64s("x"));
        using (var file = Open("BOOL", new byte[] { 0, 1, 1 })) Assert.Equal([0, 1, 1], file.ReadInt64s("x"));
    }

    [Fact]
    public void Numbers_that_do_not_fit_are_refused_with_their_place()
    {
        using var file = Open("I64", new[] { 1, 2, 1L << 31 });
        Assert.Contains("number 2: found 2147483648", Assert.Throws<CheckpointException>(() => file.ReadInt32s("x")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_type_or_name_is_refused_with_what_is_allowed()
    {
        using var whole = Open("I64", new[] { 1L });
        Assert.Contains("I64; allowed: F32, F16, BF16, F64", Assert.Throws<CheckpointException>(() => whole.ReadFloats("x")).Message, StringComparison.Ordinal);
        using var single = Open("F32", new[] { 1f });
        Assert.Contains("F32; allowed: I64", Assert.Throws<CheckpointException>(() => single.ReadInt64s("x")).Message, StringComparison.Ordinal);
        Assert.Contains("tensor \"y\"", Assert.Throws<CheckpointException>(() => single.ReadFloats("y")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_cut_while_it_is_open_gives_an_exception()
    {
        using var file = Open("F32", new float[1000]);
        using (var stream = new FileStream(file.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) stream.SetLength(2000);
        Assert.Contains("was truncated", Assert.Throws<CheckpointException>(() => file.ReadFloats("x")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reading_after_disposal_is_refused()
    {
        var file = Open("F32", new float[10]);
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.ReadFloats("x"));
    }
}

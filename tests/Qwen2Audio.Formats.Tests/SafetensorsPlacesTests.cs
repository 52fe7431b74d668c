using Qwen2Audio.Formats.Safetensors;

namespace Qwen2Audio.Formats.Tests;

public sealed class SafetensorsPlacesTests
{
    [Theory]
    [InlineData("[2]", "[8,0]", "needs")]
    [InlineData("[2]", "[0,4]", "needs")]
    [InlineData("[4]", "[0,16]", "the bytes present")]
    [InlineData("[2]", "[1,9]", "the bytes present")]
    [InlineData("[1]", "[4,8]", "there is a gap")]
    [InlineData("[1]", "[0,4]", "4 bytes, the size of the tensors")]
    [InlineData("[4611686018427387904]", "[0,8]", "below 2^63")]
    [InlineData("[4294967296,4294967296]", "[0,8]", "below 2^63")]
    [InlineData("[4294967296,4294967296,0]", "[0,0]", "below 2^63")]
    [InlineData("[2]", "[0,9223372036854775807]", "needs")]
    [InlineData("[2]", "[9223372036854775800,9223372036854775807]", "needs")]
    [InlineData("[2305843009213693951]", "[0,9223372036854775804]", "the bytes present")]
    [InlineData("[2]", "[0,9223372036854775808]", "from 0 to 2^63")]
    [InlineData("[2]", "[-8,0]", "from 0 to 2^63")]
    [InlineData("[-2]", "[0,8]", "found -2")]
    [InlineData("[-0,2]", "[0,0]", "found -0")]
    [InlineData("[2.0]", "[0,8]", "found 2.0")]
    [InlineData("[2e0]", "[0,8]", "found 2e0")]
    [InlineData("[\"2\"]", "[0,8]", "found \"2\"")]
    [InlineData("[null]", "[0,8]", "found null")]
    [InlineData("[[2]]", "[0,8]", "found an array")]
    [InlineData("[1,1,1,1,1,1,1,1,2]", "[0,8]", "found 9 numbers; allowed: at most 8")]
    public void Sizes_and_places_that_cannot_be_are_refused_with_the_reason(string shape, string offsets, string expected)
    {
        var message = SafetensorsBytes.Refused(SafetensorsBytes.Entry("weight", "F32", shape, offsets), 8);
        Assert.Contains(expected, message, StringComparison.Ordinal);
        if (expected != "4 bytes, the size of the tensors") Assert.Contains("tensor \"weight\"", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rank_of_100_is_refused() => Assert.Contains("found 100 numbers",
        SafetensorsBytes.Refused(SafetensorsBytes.Entry("a", "U8", "[" + string.Join(',', Enumerable.Repeat(1, 100)) + "]", "[0,1]"), 1), StringComparison.Ordinal);

    [Fact]
    public void Tensors_that_overlap_are_refused() => Assert.Contains("they overlap", SafetensorsBytes.Refused(
        """{"a":{"dtype":"U8","shape":[6],"data_offsets":[0,6]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}""", 8), StringComparison.Ordinal);

    [Fact]
    public void All_problems_of_a_file_are_listed_at_once()
    {
        var header = """
            {"a":{"dtype":"F8","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[-1],"data_offsets":[0,8]},
            "c":{"dtype":"F32","shape":[3],"data_offsets":[0,8]},"d":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}
            """;
        var message = SafetensorsBytes.Refused(header, 8);
        Assert.Contains("3 problems", message, StringComparison.Ordinal);
        foreach (var name in new[] { "a", "b", "c" }) Assert.Contains($"tensor \"{name}\"", message, StringComparison.Ordinal);
        Assert.DoesNotContain("tensor \"d\"", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_problems_are_counted_and_the_first_are_listed()
    {
        var header = "{" + string.Join(',', Enumerable.Range(0, 500).Select(i => $"\"{i}\":5")) + "}";
        var message = SafetensorsBytes.Refused(header);
        Assert.Contains("500 problems", message, StringComparison.Ordinal);
        Assert.Contains("and 480 more", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Empty_tensors_and_scalars_are_accepted_anywhere_between_others()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("x.safetensors", SafetensorsBytes.Build("""
            {"end":{"dtype":"F32","shape":[3,0],"data_offsets":[8,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},
            "middle":{"dtype":"I64","shape":[0,4611686018427387904],"data_offsets":[4,4]},
            "scalar":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"start":{"dtype":"BOOL","shape":[0],"data_offsets":[0,0]}}
            """, 8));
        using var file = SafetensorsFile.Open(path);
        Assert.Equal(5, file.Tensors.Count);
        Assert.Equal(1, file.Tensors["scalar"].Count);
        Assert.Empty(file.Tensors["scalar"].Shape);
        Assert.Empty(file.ReadFloats("end"));
        Assert.Empty(file.ReadInt64s("middle"));
        Assert.Single(file.ReadFloats("scalar"));
        Assert.True(file.Tensors["end"].HasShape(3, 0));
    }

    [Fact]
    public void A_file_without_tensors_is_accepted()
    {
        using var folder = new TemporaryFolder();
        using var file = SafetensorsFile.Open(folder.Write("x.safetensors", SafetensorsBytes.Build("""{"__metadata__":{"format":"pt"}}""", 0)));
        Assert.Empty(file.Tensors);
        Assert.Equal("pt", file.Metadata["format"]);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(24)]
    public void A_file_that_is_cut_or_has_bytes_behind_is_refused(int dataBytes) =>
        Assert.Contains("bytes", SafetensorsBytes.Refused(SafetensorsBytes.Entry("a", "F32", "[2]", "[0,8]"), dataBytes), StringComparison.Ordinal);

    [Theory]
    [InlineData("PK\u0003\u0004xxxxxxxxxxxx", "a zip archive", "Convert")]
    [InlineData("GGUF\u0003\0\0\0\0\0\0\0\0\0\0\0", "a GGUF file", "Convert")]
    [InlineData("version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer", "git lfs pull")]
    [InlineData("<!DOCTYPE html><html>", "HTML", "Convert")]
    public void Other_formats_are_told_by_content_and_the_message_says_what_to_do(string content, string expected, string advice)
    {
        var message = SafetensorsBytes.Refused(Encoding.Latin1.GetBytes(content));
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains(advice, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void A_pickle_is_refused_by_content(byte protocol)
    {
        byte[] pickle = [0x80, protocol, 0x7D, 0x71, 0, 0x58, 1, 0, 0, 0, 0x61, 0x4B, 1, 0x2E];
        Assert.Contains("pickle", SafetensorsBytes.Refused(pickle), StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_whose_length_looks_like_a_pickle_is_read()
    {
        using var folder = new TemporaryFolder();
        var header = SafetensorsBytes.Entry("a", "F32", "[2]", "[0,8]").PadRight(0x0280);
        using var file = SafetensorsFile.Open(folder.Write("x.safetensors", SafetensorsBytes.Build(header, 8)));
        Assert.Single(file.Tensors);
    }
}

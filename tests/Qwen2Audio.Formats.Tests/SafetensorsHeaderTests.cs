using Qwen2Audio.Formats.Safetensors;

namespace Qwen2Audio.Formats.Tests;

public sealed class SafetensorsHeaderTests
{
    private const string Good = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";

    [Theory]
    [InlineData(0ul)]
    [InlineData(1ul)]
    [InlineData(55ul)]
    [InlineData(100_000_001ul)]
    [InlineData(1ul << 62)]
    [InlineData(1ul << 63)]
    [InlineData(ulong.MaxValue)]
    public void A_header_length_that_cannot_be_is_refused_before_anything_is_allocated_by_it(ulong declared)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("x.safetensors", SafetensorsBytes.Build(Good, 0, declared));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var exception = Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(path));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 200_000);
        Assert.Contains($"header length: found {declared}", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8)]
    public void A_file_without_room_for_a_header_is_refused(int bytes) =>
        Assert.Contains($"{bytes} bytes", SafetensorsBytes.Refused(new byte[bytes]), StringComparison.Ordinal);

    [Fact]
    public void Text_that_is_not_UTF8_is_refused()
    {
        var header = Encoding.UTF8.GetBytes(Good);
        header[2] = 0xFF;
        Assert.Contains("UTF-8", SafetensorsBytes.Refused(SafetensorsBytes.Build(header, 8)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} x""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}{}""")]
    [InlineData("""{/* */"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,8]}}""")]
    public void Text_that_is_not_strict_JSON_is_refused(string header) =>
        Assert.Contains("invalid JSON", SafetensorsBytes.Refused(header, 8), StringComparison.Ordinal);

    [Theory]
    [InlineData("[]")]
    [InlineData(" {}")]
    [InlineData("\uFEFF{}")]
    [InlineData("12")]
    public void A_header_that_does_not_start_an_object_is_refused(string header) =>
        Assert.Contains("a first byte other than {", SafetensorsBytes.Refused(header), StringComparison.Ordinal);

    [Theory]
    [InlineData("[")]
    [InlineData("{\"a\":")]
    public void A_depth_of_100000_is_refused_without_recursion(string level)
    {
        var header = "{\"a\":" + string.Concat(Enumerable.Repeat(level, 100_000));
        Assert.Contains("invalid JSON", SafetensorsBytes.Refused(header), StringComparison.Ordinal);
    }

    [Fact]
    public void Four_levels_are_read_and_five_are_not()
    {
        Assert.Contains("the field \"x\"", SafetensorsBytes.Refused("""{"a":{"x":[[1]]}}"""), StringComparison.Ordinal);
        Assert.Contains("at most four levels", SafetensorsBytes.Refused("""{"a":{"x":[[[1]]]}}"""), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}""", "tensor \"a\"")]
    [InlineData("""{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8],"shape":[8]}}""", "shape twice")]
    [InlineData("""{"__metadata__":{"k":"1","k":"2"},"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}""", "\"k\"")]
    [InlineData("""{"__metadata__":{},"__metadata__":{},"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}""", "__metadata__")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"\u0061":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}""", "tensor \"a\"")]
    public void A_name_given_twice_is_refused(string header, string place) =>
        Assert.Contains(place, SafetensorsBytes.Refused(header, 8), StringComparison.Ordinal);

    [Fact]
    public void More_than_a_million_entries_are_refused()
    {
        var header = new StringBuilder("{", 60_000_000);
        for (var i = 0; i <= SafetensorsLimits.Entries; i++)
            header.Append(i == 0 ? "" : ",").Append($"\"{i}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}");
        Assert.Contains("more than 1000000 entries", SafetensorsBytes.Refused(header.Append('}').ToString()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"a\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":{"dtype":"\ud800","shape":[2],"data_offsets":[0,8]}}""")]
    public void Half_of_a_surrogate_pair_is_refused(string header) =>
        Assert.Contains("surrogate", SafetensorsBytes.Refused(header, 8), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"a":5}""", "an object with dtype, shape and data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", "no data_offsets")]
    [InlineData("""{"a":{}}""", "no All")]
    [InlineData("""{"a":{"dtype":7,"shape":[2],"data_offsets":[0,8]}}""", "found 7")]
    [InlineData("""{"a":{"dtype":"F32","shape":"2","data_offsets":[0,8]}}""", "an array of whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", "found 1 numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,9]}}""", "found 3 numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"extra":[[1]]}}""", "the field \"extra\"")]
    [InlineData("""{"__metadata__":{"k":1}}""", "a string")]
    [InlineData("""{"__metadata__":[]}""", "an object of strings")]
    public void An_entry_of_another_form_is_refused(string header, string expected) =>
        Assert.Contains(expected, SafetensorsBytes.Refused(header, 8), StringComparison.Ordinal);

    [Theory]
    [InlineData("F8_E4M3")]
    [InlineData("f32")]
    [InlineData("C64")]
    public void A_number_type_that_is_unknown_is_refused_with_a_list(string dtype)
    {
        var message = SafetensorsBytes.Refused(SafetensorsBytes.Entry("a", dtype, "[8]", "[0,8]"), 8);
        Assert.Contains($"found \"{dtype}\"; allowed: BOOL, U8, I8, I16, F16, BF16, I32, F32, F64, I64", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_from_a_file_cannot_write_into_a_log()
    {
        var message = SafetensorsBytes.Refused("""{"a\n\u001b[31m\u202e":5}""");
        Assert.DoesNotContain('\n', message);
        Assert.DoesNotContain('\u001b', message);
        Assert.DoesNotContain('\u202e', message);
        var longName = new string('x', 1_000_000);
        Assert.True(SafetensorsBytes.Refused($$"""{"{{longName}}":5}""").Length < 1000);
    }
}

using System.Text.Json.Nodes;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Model.Codec;

namespace Qwen2Audio.Checkpoints.Tests;

/// <summary>Configurations of codecs and discriminators.</summary>
public sealed class CodecConfigTests
{
    private const string Small = """
        {"sampling_rate": 16000, "channels": 6, "kernel": 7, "last_kernel": 3, "strides": [4, 5], "residual_units": 2, "residual_kernel": 3,
         "dilation_base": 3, "compress": 2, "dimension": 8, "stages": 2, "entries": 12}
        """;

    [Fact]
    public void Absent_fields_have_their_defaults()
    {
        var config = ConfigObject.Parse(Small, "config.json").Build(CodecConfigReader.Read);
        Assert.Equal((20, CodecActivation.Elu, CodecPadding.Causal, 1, 0, false),
            (config.Hop, config.Activation, config.Padding, config.AudioChannels, config.LstmLayers, config.WeightNorm));
    }

    [Theory]
    [InlineData("strides", "[]", "$.strides")]
    [InlineData("strides", "[4, 0]", "$.strides[1]")]
    [InlineData("compress", "4", "$.compress")]
    [InlineData("channels", "0", "$.channels")]
    [InlineData("activation", "\"relu\"", "$.activation")]
    [InlineData("padding", "\"left\"", "$.padding")]
    [InlineData("pad_mode", "\"circular\"", "$.pad_mode")]
    [InlineData("trim_right_ratio", "1.5", "$.trim_right_ratio")]
    [InlineData("decoder_channels", "30", "$.decoder_channels")]
    [InlineData("entries", "null", "$.entries")]
    [InlineData("dimension", "\"8\"", "$.dimension")]
    public void A_field_that_cannot_be_obeyed_is_refused_by_its_path(string name, string value, string place)
    {
        var json = JsonNode.Parse(Small)!.AsObject();
        json[name] = JsonNode.Parse(value);
        var error = Assert.Throws<ConfigException>(() => ConfigObject.Parse(json.ToJsonString(), "config.json").Build(CodecConfigReader.Read));
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"channels\": 4}", "$.periods")]
    [InlineData("{\"channels\": 4, \"periods\": [0]}", "$.periods[0]")]
    [InlineData("{\"periods\": [2]}", "$.channels")]
    public void Discriminators_need_periods_and_channels(string text, string place)
    {
        var error = Assert.Throws<ConfigException>(
            () => ConfigObject.Parse(text, "config.json").Build(CodecConfigReader.ReadDiscriminator));
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
    }
}

using System.Text.Json.Nodes;
using Qwen2Audio.Model.Codec;

namespace Qwen2Audio.Checkpoints.Tests;

/// <summary>config.json of published codecs: defaults, and unsupported settings.</summary>
public sealed class PublishedCodecConfigReaderTests
{
    [Fact]
    public void The_defaults_are_those_of_the_24_kHz_EnCodec()
    {
        var config = Read("""{"model_type": "encodec"}""");
        Assert.Equal((24_000, 320, 128, 32, 1024, 2, true, true), (config.SamplingRate, config.Hop, config.Dimension, config.Stages, config.Entries, config.LstmLayers, config.WeightNorm, config.ConvShortcut));
        Assert.Equal([2, 4, 5, 8], config.Strides);
        Assert.Equal([(1.5, 2), (3.0, 4), (6.0, 8), (12.0, 16), (24.0, 32)], config.Bandwidths);
    }

    [Fact]
    public void The_48_kHz_EnCodec_has_chunks()
    {
        var config = Read("""
            {"model_type": "encodec", "audio_channels": 2, "chunk_length_s": 1.0, "overlap": 0.01, "norm_type": "time_group_norm", "normalize": true,
             "sampling_rate": 48000, "use_causal_conv": false, "target_bandwidths": [3.0, 6.0, 12.0, 24.0]}
            """);
        Assert.Equal((new CodecChunks(48_000, 47_520), true, true, 16, CodecPadding.Centred), (config.Chunks!.Value, config.Normalise, config.SequenceNorm, config.Stages, config.Padding));
    }

    [Fact]
    public void The_defaults_are_those_of_Mimi()
    {
        var config = Read("""{"model_type": "mimi", "frame_rate": 12.5}""");
        Assert.Equal((960, 1920, 32, 1, 4, 512, 256), (config.Hop, config.SamplesPerFrame, config.Stages, config.SemanticStages, config.FrameKernel, config.FrameGroups, config.EntryDimension!.Value));
        Assert.Equal((8, 8, 64, 250, false), (config.Transformer!.Layers, config.Transformer.Heads, config.Transformer.HeadDim, config.Transformer.Window, config.Transformer.AttentionBias));
    }

    [Theory]
    [InlineData("", 512, 9)] // 16 kHz by default
    [InlineData(""", "sampling_rate": 24000, "downsampling_ratios": [2, 4, 5, 8], "n_codebooks": 32""", 320, 32)]
    [InlineData(""", "sampling_rate": 44100, "n_codebooks": 9, "quantizer_dropout": 0.5""", 512, 9)]
    public void DAC_has_a_form_for_each_rate(string fields, int hop, int stages)
    {
        var config = Read($$"""{"model_type": "dac"{{fields}}}""");
        Assert.Equal((hop, stages, 1024, 8, 1536, 1024), (config.Hop, config.Stages, config.Entries, config.EntryDimension!.Value, config.DecoderChannels!.Value, config.Dimension));
    }

    [Theory]
    [InlineData("encodec", "norm_type", "\"layer_norm\"")]
    [InlineData("encodec", "pad_mode", "\"circular\"")]
    [InlineData("encodec", "audio_channels", "3")]
    [InlineData("encodec", "codebook_dim", "64")]
    [InlineData("encodec", "codebook_size", "1000")]
    [InlineData("encodec", "num_lstm_layers", "0")]
    [InlineData("encodec", "chunk_length_s", "1.0", "overlap")]
    [InlineData("encodec", "target_bandwidths", "[]")]
    [InlineData("encodec", "target_bandwidths", "[0.1]")]
    [InlineData("encodec", "upsampling_ratios", "[8, 0]", "upsampling_ratios[1]")]
    [InlineData("encodec", "upsampling_ratios", "[60000, 60000, 60000]")]
    [InlineData("encodec", "trim_right_ratio", "2")]
    [InlineData("mimi", "hidden_act", "\"gelu_new\"")]
    [InlineData("mimi", "rope_scaling", "{\"rope_type\": \"yarn\", \"factor\": 2}", "rope_type")]
    [InlineData("mimi", "codebook_dim", "128")]
    [InlineData("mimi", "frame_rate", "25")]
    [InlineData("mimi", "use_streaming", "true")]
    [InlineData("mimi", "num_semantic_quantizers", "32")]
    [InlineData("mimi", "upsample_groups", "500")]
    [InlineData("mimi", "num_key_value_heads", "3")]
    [InlineData("mimi", "head_dim", "7")]
    [InlineData("dac", "upsampling_ratios", "[8, 8, 2, 4]")]
    [InlineData("dac", "hop_length", "100")]
    [InlineData("dac", "decoder_hidden_size", "1000")]
    [InlineData("dac", "codebook_size", "1000")]
    [InlineData("whisper", "model_type", "\"whisper\"")]
    public void What_cannot_be_obeyed_is_refused_by_its_name(string kind, string name, string value, string? place = null)
    {
        var json = new JsonObject { ["model_type"] = kind };
        json[name] = JsonNode.Parse(value);
        var error = Assert.Throws<ConfigException>(() => Read(json.ToJsonString()));
        Assert.Contains(place ?? name, error.Message, StringComparison.Ordinal);
    }

    private static CodecConfig Read(string json) => ConfigObject.Parse(json, "config.json").Build(PublishedCodecConfigReader.Read);
}

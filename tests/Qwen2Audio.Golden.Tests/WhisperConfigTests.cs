using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Whisper;

namespace Qwen2Audio.Golden.Tests;

/// <summary>Published Whisper configurations: complete values, tensor names and shapes, numbers of parameters.</summary>
public sealed class WhisperConfigTests
{
    public static TheoryData<string> Published => new(Files().Where(IsWhisper).Select(file => Path.GetFileName(file)!));

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Published))]
    public void APublishedConfigurationHasItsCompleteValues(string file)
    {
        using var json = Open(file);
        var complete = json.RootElement.GetProperty("complete");
        var config = Read(json, file);
        var ours = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["vocab_size"] = config.VocabSize,
            ["hidden_size"] = config.DModel,
            ["d_model"] = config.DModel,
            ["num_hidden_layers"] = config.Encoder.EncoderLayers,
            ["encoder_layers"] = config.Encoder.EncoderLayers,
            ["num_attention_heads"] = config.Encoder.EncoderAttentionHeads,
            ["num_key_value_heads"] = config.Encoder.EncoderAttentionHeads,
            ["encoder_attention_heads"] = config.Encoder.EncoderAttentionHeads,
            ["encoder_ffn_dim"] = config.Encoder.EncoderFfnDim,
            ["decoder_layers"] = config.DecoderLayers,
            ["decoder_attention_heads"] = config.DecoderAttentionHeads,
            ["decoder_ffn_dim"] = config.DecoderFfnDim,
            ["num_mel_bins"] = config.Encoder.NumMelBins,
            ["max_source_positions"] = config.Encoder.MaxSourcePositions,
            ["max_target_positions"] = config.MaxTargetPositions,
            ["decoder_start_token_id"] = config.DecoderStartTokenId,
            ["tie_word_embeddings"] = config.TieWordEmbeddings,
            ["activation_function"] = config.ActivationFunction.ToString().ToLowerInvariant(),
            ["scale_embedding"] = false,
        };
        foreach (var field in complete.EnumerateObject())
        {
            Assert.True(ours.TryGetValue(field.Name, out var value), field.Name);
            Assert.Equal(field.Value.ToString(), value!.ToString());
        }
    }

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Published))]
    public void APublishedConfigurationAsksForItsTensors(string file)
    {
        using var json = Open(file);
        var asked = new Asked();
        _ = new WhisperModel(Read(json, file), asked);
        Assert.Equal(json.RootElement.GetProperty("tensor_count").GetInt32(), asked.Shapes.Count);
        Assert.Equal(json.RootElement.GetProperty("parameters").GetInt64(), asked.Shapes.Values.Sum(shape => shape.Aggregate(1L, (n, size) => n * size)));
        foreach (var tensor in json.RootElement.GetProperty("tensors_of_first_layer_and_outside").EnumerateObject())
            Assert.Equal(tensor.Value.EnumerateArray().Select(size => size.GetInt32()), asked.Shapes[tensor.Name]);
    }

    [Fact]
    public void MissingFieldsTakeTheReferencesDefaults()
    {
        var config = WhisperConfigReader.Read(ConfigObject.Parse("""{"model_type": "whisper"}""", "config.json"));
        Assert.Equal((51_865, 384, 4, 6, 1536, 80), (config.VocabSize, config.DModel, config.DecoderLayers, config.DecoderAttentionHeads,
            config.DecoderFfnDim, config.Encoder.NumMelBins));
        Assert.Equal((1500, 448, 50_257, true), (config.Encoder.MaxSourcePositions, config.MaxTargetPositions, config.DecoderStartTokenId,
            config.TieWordEmbeddings));
    }

    [Theory]
    [InlineData("""{"scale_embedding": true}""", "$.scale_embedding", "true", "false")]
    [InlineData("""{"activation_function": "gelu_new"}""", "$.activation_function", "gelu_new", "gelu")]
    [InlineData("""{"d_model": 385}""", "$.d_model", "385", "multiple")]
    [InlineData("""{"decoder_layers": 0}""", "$.decoder_layers", "0", "1")]
    [InlineData("""{"decoder_layers": "4"}""", "$.decoder_layers", "4", "number")]
    [InlineData("""{"num_mel_bins": 80.5}""", "$.num_mel_bins", "80.5", "number")]
    [InlineData("""{"decoder_start_token_id": 51865}""", "$.decoder_start_token_id", "51865", "vocab_size")]
    [InlineData("""{"is_encoder_decoder": false}""", "$.is_encoder_decoder", "false", "true")]
    [InlineData("""{"model_type": "whispers"}""", "$.model_type", "whispers", "whisper")]
    public void WhatIsNotSupportedIsRefusedByName(string json, string place, string found, string allowed)
    {
        var error = Assert.Throws<ConfigException>(() => WhisperConfigReader.Read(ConfigObject.Parse(json, "config.json")));
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
        Assert.Contains(found, error.Message, StringComparison.Ordinal);
        Assert.Contains(allowed, error.Message, StringComparison.Ordinal);
    }

    private static WhisperConfig Read(JsonDocument json, string file) =>
        WhisperConfigReader.Read(ConfigObject.Of(json.RootElement.GetProperty("config"), file));

    private static JsonDocument Open(string file) => JsonDocument.Parse(File.ReadAllText(Fixtures.Locate("configs", file)));

    private static IEnumerable<string> Files() =>
        Fixtures.Has("configs") ? Directory.EnumerateFiles(Fixtures.Locate("configs"), "*.json").Order(StringComparer.Ordinal) : [];

    private static bool IsWhisper(string file)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(file));
        return json.RootElement.TryGetProperty("config", out var config) && config.TryGetProperty("model_type", out var kind)
            && kind.GetString() == "whisper";
    }

    private sealed class Asked(string prefix = "", Dictionary<string, int[]>? shapes = null) : IWeights
    {
        public Dictionary<string, int[]> Shapes { get; } = shapes ?? new(StringComparer.Ordinal);

        public IWeight Get(string name, params ReadOnlySpan<int> shape)
        {
            Shapes[prefix + name] = shape.ToArray();
            return new Weight(prefix + name, Shapes[prefix + name]);
        }

        public bool Contains(string name) => true;

        public IWeights Sub(string below) => new Asked($"{prefix}{below}.", Shapes);

        private sealed record Weight(string Name, IReadOnlyList<int> Shape) : IWeight;
    }
}

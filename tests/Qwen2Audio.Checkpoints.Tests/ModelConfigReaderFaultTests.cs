using System.Text.Json.Nodes;

namespace Qwen2Audio.Checkpoints.Tests;

/// <summary>Damaged and unsupported configurations are rejected, naming the field.</summary>
public sealed class ModelConfigReaderFaultTests : TestInFolder
{
    private const string Small = """
        {"model_type": "qwen2", "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4,
         "num_key_value_heads": 2, "vocab_size": 100, "torch_dtype": "bfloat16"}
        """;

    [Theory]
    [InlineData("{\"hidden_size\": \"64\"}", "$.hidden_size", "\"64\"")]
    [InlineData("{\"hidden_size\": 64.5}", "$.hidden_size", "64.5")]
    [InlineData("{\"hidden_size\": [64]}", "$.hidden_size", "an array")]
    [InlineData("{\"hidden_size\": true}", "$.hidden_size", "true")]
    [InlineData("{\"hidden_size\": 1e400}", "$.hidden_size", "1e400")]
    [InlineData("{\"hidden_size\": 1e10}", "$.hidden_size", "1e10")]
    [InlineData("{\"rms_norm_eps\": NaN}", "line 1", "JSON")]
    [InlineData("{\"rms_norm_eps\": 1e999}", "$.rms_norm_eps", "1e999")]
    [InlineData("{\"hidden_size\": 64, \"hidden_size\": 128}", "$.hidden_size", "twice")]
    [InlineData("{\"model_type\": null}", "$.model_type", "nothing")]
    [InlineData("{\"tie_word_embeddings\": 1}", "$.tie_word_embeddings", "1")]
    [InlineData("{\"mlp_only_layers\": [0.5], \"model_type\": \"qwen2_moe\"}", "$.mlp_only_layers[0]", "0.5")]
    [InlineData("{\"use_mrope\": true}", "$.use_mrope", "true")]
    [InlineData("{\"head_dim\": 32}", "$.head_dim", "32")]
    [InlineData("{\"partial_rotary_factor\": 0.5}", "$.partial_rotary_factor", "0.5")]
    [InlineData("{\"quantization_config\": {\"quant_method\": \"gptq\"}}", "$.quantization_config", "quantised")]
    [InlineData("{\"layer_types\": [\"full_attention\"]}", "$.layer_types", "1 layers")]
    [InlineData("{\"layer_types\": [\"full_attention\", \"linear_attention\"]}", "$.layer_types", "linear_attention")]
    [InlineData("{\"layer_types\": [\"full_attention\", \"sliding_attention\"]}", "$.layer_types", "sliding_attention")]
    [InlineData("{\"layer_types\": [\"sliding_attention\", \"full_attention\"], \"use_sliding_window\": true}", "$.layer_types", "after")]
    [InlineData("{\"rope_scaling\": \"yarn\"}", "$.rope_scaling", "\"yarn\"")]
    [InlineData("{\"rope_scaling\": {\"type\": \"yarn\"}}", "$.rope_scaling.factor", "nothing")]
    [InlineData("[]", "$", "an array")]
    [InlineData("{\"a\": 1,}", "line 1", "JSON")]
    [InlineData("{} // comment", "line 1", "JSON")]
    [InlineData("", "line 1", "JSON")]
    public void A_field_that_cannot_be_read_or_obeyed_is_refused_by_its_path(string text, string place, string found)
    {
        var given = text.StartsWith("{\"", StringComparison.Ordinal) && !text.Contains("NaN", StringComparison.Ordinal) && !text.EndsWith(",}", StringComparison.Ordinal)
            ? Merged(text) : text;
        var error = Refused(given);
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
        Assert.Contains(found, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_50_MB_is_refused_before_it_is_read()
    {
        var path = Path.Combine(Folder, "config.json");
        using (var file = File.Create(path)) file.SetLength(50 << 20);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<ConfigException>(() => ModelDescription.Open(Folder));
        Assert.Contains("52428800 bytes", error.Message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Fact]
    public void Bytes_that_are_not_UTF_8_and_a_missing_file_are_refused()
    {
        Assert.Contains("config.json", Assert.Throws<ConfigException>(() => ModelDescription.Open(Folder)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(Path.Combine(Folder, "config.json"), [.. Encoding.UTF8.GetBytes("{\"model_type\": \""), 0xFF, (byte)'"', (byte)'}']);
        Assert.Contains("UTF-8", Assert.Throws<ConfigException>(() => ModelDescription.Open(Folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("num_attention_heads", 5)]
    [InlineData("num_key_value_heads", 3)]
    [InlineData("num_key_value_heads", 0)]
    [InlineData("num_hidden_layers", 0)]
    [InlineData("num_hidden_layers", -1)]
    [InlineData("hidden_size", 0)]
    [InlineData("hidden_size", -64)]
    [InlineData("intermediate_size", 0)]
    [InlineData("vocab_size", 0)]
    [InlineData("sliding_window", 0)]
    [InlineData("max_position_embeddings", 0)]
    [InlineData("rope_theta", 0)]
    [InlineData("rms_norm_eps", 0)]
    [InlineData("num_attention_heads", 2_000_000_000)]
    public void A_size_out_of_range_is_refused(string field, int value) =>
        Assert.Contains($"$.{(field == "num_attention_heads" ? "hidden_size" : field == "num_key_value_heads" && value > 0 ? "num_attention_heads" : field)}",
            Refused(Merged($"{{\"{field}\": {value}}}")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("\"num_experts_per_tok\": 61", "$.num_experts_per_tok")]
    [InlineData("\"num_experts\": -1", "$.num_experts")]
    [InlineData("\"decoder_sparse_step\": 0", "$.decoder_sparse_step")]
    [InlineData("\"moe_intermediate_size\": -5", "$.moe_intermediate_size")]
    public void Experts_out_of_range_are_refused(string field, string place) =>
        Assert.Contains(place, Refused(Merged($"{{\"model_type\": \"qwen2_moe\", {field}}}")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("\"d_model\": 30", "$.audio_config.d_model")]
    [InlineData("\"encoder_layers\": 0", "$.audio_config.encoder_layers")]
    [InlineData("\"num_mel_bins\": -80", "$.audio_config.num_mel_bins")]
    [InlineData("\"scale_embedding\": true", "$.audio_config.scale_embedding")]
    public void An_audio_encoder_out_of_range_is_refused(string field, string place) => Assert.Contains(place, Refused(
        $$"""{"model_type": "qwen2_audio", "audio_token_index": 9, "audio_config": { {{field}} }, "text_config": {{Small}} }""").Message, StringComparison.Ordinal);

    [Fact]
    public void All_problems_are_listed_at_once()
    {
        var error = Refused(Merged("""{"hidden_size": 65, "num_key_value_heads": 3, "rope_theta": 0, "hidden_act": "relu", "vocab_size": "many"}"""));
        Assert.Equal(5, error.ProblemCount);
        foreach (var field in new[] { "hidden_size", "num_attention_heads", "rope_theta", "hidden_act", "vocab_size" })
            Assert.Contains($"$.{field}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_audio_placeholder_beyond_the_vocabulary_is_refused() => Assert.Contains("$.audio_token_index", Refused(
        $$"""{"model_type": "qwen2_audio", "audio_token_index": 100, "audio_config": {}, "text_config": {{Small}} }""").Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("\"hidden_size\": 2000000000, \"vocab_size\": 2000000000, \"num_hidden_layers\": 2000000000, \"intermediate_size\": 2000000000", "parameters")]
    [InlineData("\"num_hidden_layers\": 2000000000", "tensors")]
    [InlineData("\"model_type\": \"qwen2_moe\", \"num_experts\": 2000000000", "tensors")]
    public void Sizes_that_no_machine_holds_are_refused_before_anything_is_built(string fields, string what)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains(what, Refused(Merged($"{{{fields}}}")).Message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 4 << 20);
    }

    [Fact]
    public void A_model_larger_than_memory_is_refused_with_the_estimate()
    {
        var large = ModelDescription.Read(ConfigObject.Parse(Merged(
            """{"hidden_size": 8192, "intermediate_size": 29568, "num_hidden_layers": 80, "num_attention_heads": 64, "num_key_value_heads": 8, "vocab_size": 152064}"""), "config.json"));
        var error = Assert.Throws<ConfigException>(() => MemoryRequirement.Require(large, available: 16_000_000_000));
        Assert.Contains("needs 145.4 GB", error.Message, StringComparison.Ordinal);
        Assert.Contains("16.0 GB available", error.Message, StringComparison.Ordinal);
        MemoryRequirement.Require(large, available: 146_000_000_000);
        MemoryRequirement.Require(large, available: 100_000_000_000, held: 72_700_000_000); // the tensors say what the file need not
        Assert.Contains("needs 72.7 GB", Assert.Throws<ConfigException>(() => MemoryRequirement.Require(large, available: 16_000_000_000, held: 72_700_000_000)).Message, StringComparison.Ordinal);
        Assert.InRange(MemoryRequirement.Available, 1 << 28, long.MaxValue);
    }

    [Theory]
    [InlineData("float32", 4), InlineData("float16", 2), InlineData("bfloat16", 2), InlineData("float64", 8)]
    public void Weights_have_the_size_of_the_type_that_is_named(string type, int bytes)
    {
        var model = ModelDescription.Read(ConfigObject.Parse(Merged($$"""{"torch_dtype": "{{type}}"}"""), "config.json"));
        Assert.Equal(bytes * model.Parameters, model.WeightBytes);
    }

    [Fact]
    public void A_type_of_unknown_size_is_refused_where_no_tensors_say_the_size()
    {
        var model = ModelDescription.Read(ConfigObject.Parse(Merged("""{"torch_dtype": "float8_e4m3fn"}"""), "config.json"));
        Assert.Contains("found \"float8_e4m3fn\"; allowed: float32, float16, bfloat16, float64", Assert.Throws<ConfigException>(() => MemoryRequirement.Require(model)).Message, StringComparison.Ordinal);
        MemoryRequirement.Require(model, held: 1);
    }

    [Theory]
    [InlineData("{\"model_type\": \"llama\"}", "$.model_type", "qwen2, qwen2_moe, qwen2_audio")]
    [InlineData("{\"hidden_act\": \"gelu\"}", "$.hidden_act", "silu")]
    [InlineData("{\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2}}", "$.rope_scaling.rope_type", "default, yarn")]
    [InlineData("{\"rope_scaling\": {\"rope_type\": \"llama3\", \"factor\": 2}}", "$.rope_scaling.rope_type", "default, yarn")]
    [InlineData("{\"rope_parameters\": {\"rope_type\": \"longrope\", \"rope_theta\": 10000}}", "$.rope_parameters.rope_type", "default, yarn")]
    public void What_is_not_supported_is_refused_with_what_is(string text, string place, string allowed)
    {
        var error = Refused(Merged(text));
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
        Assert.Contains(allowed, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"activation_function\": \"swish2\"", "gelu, relu, silu")]
    [InlineData("\"position_embedding_type\": \"sinusoidal\"", "learned, rotary")]
    public void An_encoder_setting_that_is_not_supported_is_refused_with_what_is(string field, string allowed) => Assert.Contains(allowed, Refused(
        $$"""{"model_type": "qwen2_audio", "audio_token_index": 9, "audio_config": { {{field}} }, "text_config": {{Small}} }""").Message, StringComparison.Ordinal);

    private ConfigException Refused(string text)
    {
        File.WriteAllText(Path.Combine(Folder, "config.json"), text);
        var error = Assert.Throws<ConfigException>(() => ModelDescription.Open(Folder));
        Assert.Contains("config.json", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error.Message, StringComparison.Ordinal);
        return error;
    }

    /// <summary>The small configuration with these fields instead of its own; as text, so that anything can be written.</summary>
    private static string Merged(string fields)
    {
        var names = fields.Contains("1e400", StringComparison.Ordinal) || fields.Contains("1e999", StringComparison.Ordinal) || fields.Contains("\"hidden_size\": 64, ", StringComparison.Ordinal)
            ? [fields.Split('"')[1]] : JsonNode.Parse(fields)!.AsObject().Select(field => field.Key).ToList();
        var rest = JsonNode.Parse(Small)!.AsObject();
        foreach (var name in names) rest.Remove(name);
        return fields[..^1] + "," + rest.ToJsonString()[1..];
    }
}

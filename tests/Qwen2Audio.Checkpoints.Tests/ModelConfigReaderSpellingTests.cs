namespace Qwen2Audio.Checkpoints.Tests;

/// <summary>Fields whose meaning differs from their name, as in the reference.</summary>
public sealed class ModelConfigReaderSpellingTests
{
    [Theory]
    [InlineData("""{"rope_theta": 1000000}""", 1e6)]
    [InlineData("""{"rope_parameters": {"rope_type": "default", "rope_theta": 1000000}}""", 1e6)]
    [InlineData("""{"rope_theta": 1000000, "rope_parameters": {"rope_type": "default"}}""", 1e6)]
    [InlineData("""{"rope_theta": 5, "rope_parameters": {"rope_theta": 1000000}}""", 1e6)]
    [InlineData("""{"rope_parameters": {"rope_type": "default"}}""", 1e4)]
    public void The_base_of_rotary_positions_is_the_inner_one_else_the_outer_one(string text, double theta)
    {
        var json = ConfigObject.Parse(text, "config.json");
        Assert.Equal(theta, ModelConfigReader.ReadQwen2(json).RopeTheta);
        Assert.Equal(text.Contains(": 5", StringComparison.Ordinal), json.Unread.Contains("$.rope_theta"));
    }

    [Theory, InlineData("qwen2"), InlineData("qwen2_moe")]
    public void Key_heads_that_are_null_are_as_many_as_query_heads(string kind)
    {
        var json = ConfigObject.Parse($$"""{"model_type": "{{kind}}", "hidden_size": 64, "num_attention_heads": 4, "num_key_value_heads": null}""", "config.json");
        Assert.Equal(4, ModelConfigReader.ReadQwen2(json).NumKeyValueHeads);
    }

    [Theory]
    [InlineData("""{"mlp_only_layers": [1, 2, -1]}""", "$.mlp_only_layers: 2, -1")]
    [InlineData("""{"mlp_only_layers": [0, 1, 99]}""", "$.mlp_only_layers: 99")]
    [InlineData("""{"num_experts": 0, "num_experts_per_tok": 4}""", "$.num_experts: 0")]
    [InlineData("""{"max_window_layers": -1}""", null)]
    [InlineData("""{"hidden_act": "swish"}""", null)]
    [InlineData("""{"eos_token_id": [5, -1]}""", "$.eos_token_id: -1")]
    public void What_changes_nothing_in_the_reference_is_accepted_and_told_once(string text, string? warning)
    {
        var json = ConfigObject.Parse("""{"model_type": "qwen2_moe", "num_hidden_layers": 2, """ + text[1..], "config.json");
        for (var i = 0; i < 2; i++) _ = ModelDescription.Read(json);
        if (warning is null) Assert.Empty(json.Warnings);
        else Assert.StartsWith(warning, Assert.Single(json.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Layers_that_are_not_there_stay_out_of_the_experts_and_no_expert_is_a_dense_model()
    {
        Assert.Equal([1], Moe("""{"num_hidden_layers": 2, "mlp_only_layers": [1, 2, -1]}""")!.MlpOnlyLayers);
        Assert.Null(Moe("""{"num_experts": 0}"""));

        static Model.Qwen2.Qwen2MoeConfig? Moe(string text) =>
            ModelConfigReader.ReadQwen2(ConfigObject.Parse("""{"model_type": "qwen2_moe", """ + text[1..], "config.json")).Moe;
    }

    [Theory]
    [InlineData("\"mscale\": 2, \"mscale_all_dim\": 0.5", (0.2 * 1.3862943611198906 + 1) / (0.05 * 1.3862943611198906 + 1))]
    [InlineData("\"mscale\": 2", 1.1386294361119891)] // one alone does not count
    [InlineData("\"attention_factor\": 3, \"mscale\": 2, \"mscale_all_dim\": 0.5", 3.0)]
    public void YaRNs_attention_factor_follows_mscale_as_in_transformers(string fields, double factor)
    {
        var json = ConfigObject.Parse($$"""{"rope_scaling": {"type": "yarn", "factor": 4, {{fields}}} }""", "config.json");
        Assert.Equal(factor, ModelConfigReader.ReadQwen2(json).Yarn!.AttentionFactor, 12);
    }

    [Theory]
    [InlineData("""{"eos_token_id": [5, -1]}""")]
    [InlineData("""{"suppress_tokens": [5, -1]}""")]
    [InlineData("""{"bos_token_id": -1, "eos_token_id": 5, "suppress_tokens": [5]}""")]
    public void Negative_ids_of_generation_settings_are_told_and_left_out(string text)
    {
        var read = ConfigObject.Parse(text, "generation_config.json").Build(json => GenerationConfigReader.Read(json));
        Assert.Contains("-1", Assert.Single(read.Warnings), StringComparison.Ordinal);
        Assert.Null(read.BeginToken);
        Assert.Equal(5, Assert.Single(read.EndTokens.Concat(read.SuppressTokens).Distinct()));
    }

    [Theory]
    [InlineData("repetition_penalty", "2")]
    [InlineData("no_repeat_ngram_size", "3")]
    [InlineData("do_sample", "true")]
    [InlineData("bad_words_ids", "[[1]]")]
    [InlineData("min_length", "4")]
    [InlineData("min_new_tokens", "4")]
    [InlineData("stop_strings", """["a"]""")]
    [InlineData("sequence_bias", "[[[1], 2.0]]")]
    [InlineData("max_new_tokens", "0")]
    public void Whispers_settings_that_are_not_supported_are_refused(string name, string value)
    {
        var error = Assert.Throws<ConfigException>(() => Whisper($$"""{"{{name}}": {{value}}}"""));
        Assert.Contains($"$.{name}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whispers_fields_that_nobody_reads_are_listed_and_those_that_are_off_are_not_refused()
    {
        var read = Whisper("""
            {"forced_decoder_ids": [[1, null], [2, 50]], "repetition_penalty": 1.0, "no_repeat_ngram_size": 0, "do_sample": false, "return_timestamps": false,
             "max_new_tokens": 20, "bad_words_ids": null, "transformers_version": "4.31.0"}
            """);
        Assert.Equal(["$.forced_decoder_ids", "$.return_timestamps"], read.Ignored);
        Assert.Equal(20, read.MaxNewTokens);
        Assert.Empty(WhisperGenerationConfigReader.Read(ConfigObject.Parse("""{"model_type": "whisper", "d_model": 32}""", "config.json"), Model()).Ignored);
    }

    private static WhisperGenerationConfig Whisper(string text) => WhisperGenerationConfigReader.Read(ConfigObject.Parse(text, "generation_config.json"), Model());

    private static Model.Whisper.WhisperConfig Model() => WhisperConfigReader.Read(ConfigObject.Parse("""{"model_type": "whisper", "vocab_size": 100, "decoder_start_token_id": 1}""", "config.json"));
}

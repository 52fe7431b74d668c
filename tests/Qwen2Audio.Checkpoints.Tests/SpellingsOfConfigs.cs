using Qwen2Audio.Formats;

namespace Qwen2Audio.Checkpoints.Tests;

/// <summary>Fields that mean something else than they seem to, as in the reference.</summary>
public sealed class SpellingsOfConfigs
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

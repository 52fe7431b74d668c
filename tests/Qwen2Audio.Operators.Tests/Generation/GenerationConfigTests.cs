using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Inference.Generation;

namespace Qwen2Audio.Operators.Tests.Generation;

/// <summary>generation_config.json: the reference's defaults, and what is rejected.</summary>
public sealed class GenerationConfigTests
{
    [Fact]
    public void APublishedFileGivesItsSettings()
    {
        var config = Read("""
            {"bos_token_id": 151643, "pad_token_id": 151643, "do_sample": true, "eos_token_id": [151645, 151643],
             "repetition_penalty": 1.05, "temperature": 0.7, "top_p": 0.8, "top_k": 20, "transformers_version": "4.37.0",
             "chat_format": "chatml", "max_new_tokens": 512, "use_cache": true}
            """);
        Assert.Equal([151645, 151643], config.EndTokens);
        Assert.Equal(["$.chat_format", "$.use_cache"], config.Ignored);
        var options = GenerationOptions.Of(config, seed: 9);
        Assert.True(options is { Sample: true, Temperature: 0.7, TopP: 0.8, TopK: 20, RepetitionPenalty: 1.05, MaxNewTokens: 512, Seed: 9, Beams: 1 });
        options.Check(151936);
    }

    [Fact]
    public void WithoutDoSampleItIsGreedy()
    {
        var config = Read("""{"temperature": 0, "top_p": 0.5, "top_k": 5, "typical_p": 0.5, "eos_token_id": 2, "max_length": 20}""");
        Assert.True(config is { DoSample: false, Temperature: 0, TopP: 0.5, TopK: 5, MaxLength: 20, MaxNewTokens: null });
        Assert.Equal([2], config.EndTokens);
        var options = GenerationOptions.Of(config, 5);
        Assert.True(options is { Sample: false, Temperature: 1, TopP: 1, TopK: 0 });
        options.Check(10);
        Assert.Throws<ArgumentException>(() => GenerationOptions.Of(config));
    }

    [Theory]
    [InlineData("""{"do_sample": true}""", 50)]
    [InlineData("{}", 50)]
    [InlineData("""{"do_sample": true, "top_k": null}""", 0)]
    [InlineData("""{"do_sample": true, "top_k": 0}""", 0)]
    public void TopKIs50UnlessWritten(string json, int expected) => Assert.Equal(expected, Read(json).TopK);

    [Fact]
    public void BeamsAndRulesAreRead()
    {
        var options = GenerationOptions.Of(Read("""
            {"num_beams": 4, "length_penalty": 0.5, "early_stopping": "never", "no_repeat_ngram_size": 3, "bad_words_ids": [[1, 2], [3]],
             "suppress_tokens": [4], "begin_suppress_tokens": [5, 6], "min_new_tokens": 2, "max_new_tokens": 9, "forced_decoder_ids": []}
            """));
        Assert.True(options is { Beams: 4, LengthPenalty: 0.5, EarlyStopping: EarlyStopping.Never, NoRepeatNgramSize: 3, MinNewTokens: 2 });
        Assert.Equal([[1, 2], [3]], options.BadWords);
        Assert.Equal([5, 6], options.BeginSuppressedTokens);
        Assert.Equal(EarlyStopping.WhenFull, Read("""{"early_stopping": true}""").EarlyStopping);
        Assert.Equal(["a", "b"], Read("""{"stop_strings": ["a", "b"]}""").StopStrings);
        Assert.Equal(["a"], Read("""{"stop_strings": "a"}""").StopStrings);
    }

    [Theory]
    [InlineData("""{"temperature": -1}""", "$.temperature")]
    [InlineData("""{"do_sample": true, "temperature": 0}""", "$.temperature")]
    [InlineData("""{"do_sample": true, "top_p": 0}""", "$.top_p")]
    [InlineData("""{"top_p": 1.5}""", "$.top_p")]
    [InlineData("""{"top_k": 2.5}""", "$.top_k")]
    [InlineData("""{"do_sample": "yes"}""", "$.do_sample")]
    [InlineData("""{"eos_token_id": [1, "x"]}""", "$.eos_token_id[1]")]
    [InlineData("""{"bad_words_ids": [[1], []]}""", "$.bad_words_ids[1]")]
    [InlineData("""{"bad_words_ids": [1]}""", "$.bad_words_ids[0]")]
    [InlineData("""{"num_beams": 2, "do_sample": true}""", "$.num_beams")]
    [InlineData("""{"num_beam_groups": 2}""", "$.num_beam_groups")]
    [InlineData("""{"penalty_alpha": 0.6}""", "$.penalty_alpha")]
    [InlineData("""{"do_sample": true, "typical_p": 0.5}""", "$.typical_p")]
    [InlineData("""{"forced_eos_token_id": 2}""", "$.forced_eos_token_id")]
    [InlineData("""{"forced_decoder_ids": [[1, 50259]]}""", "$.forced_decoder_ids")]
    [InlineData("""{"sequence_bias": [[[1], 2.0]]}""", "$.sequence_bias")]
    [InlineData("""{"guidance_scale": 3}""", "$.guidance_scale")]
    [InlineData("""{"min_length": 10}""", "$.min_length")]
    [InlineData("""{"early_stopping": "soon"}""", "$.early_stopping")]
    [InlineData("""{"stop_strings": [""]}""", "$.stop_strings")]
    [InlineData("""{"max_new_tokens": -1}""", "$.max_new_tokens")]
    [InlineData("""{"token_healing": true}""", "$.token_healing")]
    [InlineData("""{"temperature": 1, "temperature": 2}""", "$.temperature")]
    public void WhatIsWrongOrNotSupportedIsRefusedByItsPlace(string json, string place)
    {
        var error = Assert.Throws<ConfigException>(() => Read(json));
        Assert.Contains(error.Problems, problem => problem.Place == place);
        Assert.Contains("generation_config.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FieldsThatTheCallerReadsAreNeitherRefusedNorListed()
    {
        var config = ConfigObject.Parse("""{"forced_decoder_ids": [[1, 2]], "lang_to_id": {}, "x": 1}""", "generation_config.json")
            .Build(json => GenerationConfigReader.Read(json, "forced_decoder_ids", "lang_to_id"));
        Assert.Equal(["$.x"], config.Ignored);
    }

    [Fact]
    public void RecordedFoldersAreRead()
    {
        var folders = Fixtures.Folders("", GenerationConfigReader.FileName);
        Assert.SkipUnless(folders.Count > 0, Fixtures.MissingReason(GenerationConfigReader.FileName));
        foreach (var folder in folders) Assert.False(ConfigObject.Open(Fixtures.Locate(folder, GenerationConfigReader.FileName)).Build(json => GenerationConfigReader.Read(json)).DoSample);
    }

    private static GenerationConfig Read(string json) =>
        ConfigObject.Parse(json, "generation_config.json").Build(config => GenerationConfigReader.Read(config));
}

using System.Text.Json.Nodes;
using Qwen2Audio.Checkpoints.Adapters;

namespace Qwen2Audio.Checkpoints.Tests;

/// <summary>adapter_config.json: what is read, what is rejected by name, which modules it selects.</summary>
public sealed class LoraConfigTests
{
    private static readonly (string, IReadOnlyList<int>)[] Weights =
    [
        ("audio_tower.conv1.weight", [8, 4, 3]), ("audio_tower.embed_positions.weight", [9, 8]), ("audio_tower.layers.0.self_attn.q_proj.weight", [8, 8]),
        ("audio_tower.layers.0.fc1.weight", [16, 8]), ("audio_tower.layers.0.fc1.bias", [16]), ("multi_modal_projector.linear.weight", [12, 8]),
        ("language_model.model.embed_tokens.weight", [30, 12]), ("language_model.model.layers.0.self_attn.q_proj.weight", [12, 12]),
        ("language_model.model.layers.10.self_attn.q_proj.weight", [12, 12]), ("language_model.model.layers.0.mlp.gate_proj.weight", [20, 12]),
        ("language_model.model.norm.weight", [12]), ("language_model.lm_head.weight", [30, 12]),
    ];

    [Theory]
    [InlineData("use_dora", "1")]
    [InlineData("modules_to_save", "[\"\"]")]
    [InlineData("bias", "\"some\"")]
    [InlineData("lora_bias", "true")]
    [InlineData("layers_to_transform", "[-1]")]
    [InlineData("layers_pattern", "[\"layers\"]")]
    [InlineData("layer_replication", "[[0, 2]]")]
    [InlineData("target_parameters", "[\"experts.gate_up_proj\"]")]
    [InlineData("trainable_token_indices", "[3]")]
    [InlineData("init_lora_weights", "\"pissa\"")]
    [InlineData("peft_type", "\"LOHA\"")]
    [InlineData("use_qalora", "true")]
    [InlineData("something_new", "3")]
    [InlineData("r", "0")]
    [InlineData("lora_dropout", "1")]
    [InlineData("target_modules", "null")]
    [InlineData("target_modules", "\"(q_proj\"")]
    [InlineData("rank_pattern", "{\"q_proj\": 1.5}")]
    public void What_is_not_supported_is_refused_by_name(string field, string value)
    {
        var error = Assert.Throws<ConfigException>(() => Read(field, value));
        Assert.Contains($"$.{field}", error.Message, StringComparison.Ordinal);
        Assert.Contains("adapter_config.json", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("use_dora", "false")]
    [InlineData("modules_to_save", "null")]
    [InlineData("loftq_config", "{}")]
    [InlineData("init_lora_weights", "\"gaussian\"")]
    [InlineData("something_new", "false")]
    [InlineData("qalora_group_size", "16")]
    [InlineData("fan_in_fan_out", "true")]
    [InlineData("use_dora", "true")]
    [InlineData("bias", "\"lora_only\"")]
    [InlineData("modules_to_save", "[\"lm_head\"]")]
    [InlineData("layers_to_transform", "[1]")]
    [InlineData("loftq_config", "{\"loftq_bits\": 4}")]
    [InlineData("lora_alpha", "-8")]
    public void What_is_off_or_harmless_passes_and_is_written_again(string field, string value)
    {
        var written = JsonNode.Parse(LoraConfigWriter.Write(Read(field, value)))!.AsObject();
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(value), written[field]));
    }

    [Theory]
    [InlineData("[\"q_proj\"]", "audio_tower.layers.0.self_attn.q_proj language_model.model.layers.0.self_attn.q_proj language_model.model.layers.10.self_attn.q_proj")]
    [InlineData("[\"layers.0.self_attn.q_proj\", \"embed_tokens\"]", "audio_tower.layers.0.self_attn.q_proj language_model.model.layers.0.self_attn.q_proj")]
    [InlineData("[\"proj\", \"conv1\", \"norm\"]", "")]
    [InlineData("\"language_model.*layers\\\\.0\\\\..*(q|gate)_proj\"", "language_model.model.layers.0.self_attn.q_proj language_model.model.layers.0.mlp.gate_proj")]
    [InlineData("\"q_proj\"", "")]
    [InlineData("[\"lm_head\"]", "language_model.lm_head")]
    [InlineData("\"all-linear\"", "audio_tower.layers.0.self_attn.q_proj audio_tower.layers.0.fc1 multi_modal_projector.linear language_model.model.layers.0.self_attn.q_proj language_model.model.layers.10.self_attn.q_proj language_model.model.layers.0.mlp.gate_proj")]
    public void Modules_are_chosen_as_peft_does(string targets, string modules)
    {
        var chosen = LoraTarget.Of(Read("target_modules", targets), Weights);
        Assert.Equal(modules.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(module => $"base_model.model.{module}.lora_A.weight"), chosen.Select(target => target.NameOfA));
    }

    [Theory]
    [InlineData("\"layers_to_transform\": 10", "language_model.model.layers.10.self_attn.q_proj")]
    [InlineData("\"layers_to_transform\": [0, 3]", "audio_tower.layers.0.self_attn.q_proj language_model.model.layers.0.self_attn.q_proj")]
    [InlineData("\"layers_to_transform\": [0], \"layers_pattern\": \"model.layers\"", "language_model.model.layers.0.self_attn.q_proj")]
    [InlineData("\"layers_to_transform\": [0], \"layers_pattern\": [\"blocks\", \"layers\"]", "audio_tower.layers.0.self_attn.q_proj language_model.model.layers.0.self_attn.q_proj")]
    [InlineData("\"layers_to_transform\": [0], \"layers_pattern\": \"blocks\"", "")]
    [InlineData("\"layers_to_transform\": []", "audio_tower.layers.0.self_attn.q_proj language_model.model.layers.0.self_attn.q_proj language_model.model.layers.10.self_attn.q_proj")]
    public void Layers_are_chosen_by_number(string fields, string modules)
    {
        var config = LoraConfigReader.Read(ConfigObject.Parse($$"""{"peft_type": "LORA", "target_modules": ["q_proj"], {{fields}}}""", "adapter_config.json"));
        Assert.Equal(modules.Split(' ', StringSplitOptions.RemoveEmptyEntries), LoraTarget.Of(config, Weights).Select(target => target.Weight[..^".weight".Length]));
        var again = LoraConfigReader.Read(ConfigObject.Parse(LoraConfigWriter.Write(config with { Fields = null }), "adapter_config.json"));
        Assert.Equal(LoraTarget.Of(config, Weights), LoraTarget.Of(again, Weights));
    }

    [Fact]
    public void A_module_that_is_named_whole_has_an_adapter_in_any_layer()
    {
        var config = Read("target_modules", "[\"language_model.model.layers.10.self_attn.q_proj\", \"q_proj\"]") with { Layers = new LayerSelector([0], "model.layers") };
        Assert.Equal([0, 10], LoraTarget.Of(config, Weights).Select(target => target.Weight.Contains("layers.10.", StringComparison.Ordinal) ? 10 : 0));
    }

    [Fact]
    public void A_head_that_is_tied_is_a_target_of_its_own_name_whose_numbers_the_embedding_holds()
    {
        var target = Assert.Single(LoraTarget.Of(Read("target_modules", "[\"lm_head\"]"), Weights[..^1]));
        Assert.Equal(("language_model.lm_head.weight", "language_model.model.embed_tokens.weight", 12, 30), (target.Weight, target.Holder, target.In, target.Out));
        Assert.DoesNotContain(LoraTarget.Of(Read("target_modules", "\"all-linear\""), Weights[..^1]), other => other.Weight.EndsWith("lm_head.weight", StringComparison.Ordinal));
    }

    [Fact]
    public void Ranks_and_alphas_of_single_modules_and_the_root_of_the_rank()
    {
        var config = LoraConfigReader.Read(ConfigObject.Parse("""
            {"peft_type": "LORA", "r": 4, "lora_alpha": 8, "target_modules": ["q_proj", "gate_proj"], "exclude_modules": ["layers.10.self_attn.q_proj"],
             "rank_pattern": {"layers.0.mlp.gate_proj": 16}, "alpha_pattern": {"^audio_tower.*q_proj": 2}, "use_rslora": true}
            """, "adapter_config.json"));
        var targets = LoraTarget.Of(config, Weights);
        Assert.Equal([(4, 1.0), (4, 4.0), (16, 2.0)], targets.Select(target => (target.Rank, target.Scaling)));
        var again = LoraConfigReader.Read(ConfigObject.Parse(LoraConfigWriter.Write(config with { }), "adapter_config.json"));
        Assert.Equal(targets, LoraTarget.Of(again, Weights));
    }

    [Fact]
    public void A_new_configuration_reads_as_it_was_made()
    {
        var config = new LoraConfig { R = 8, LoraAlpha = 16, LoraDropout = 0.05, TargetModules = ModuleSelector.Of("v_proj", "q_proj"), RankPattern = [new ModulePattern("v_proj", 2)] };
        var again = LoraConfigReader.Read(ConfigObject.Parse(LoraConfigWriter.Write(config), "adapter_config.json"));
        Assert.Equal((8, 16, 0.05), (again.R, again.LoraAlpha, again.LoraDropout));
        Assert.Equal(["q_proj", "v_proj"], again.TargetModules.Names);
        Assert.Equal(2, again.RankOf("model.layers.0.self_attn.v_proj"));
    }

    private static LoraConfig Read(string field, string value)
    {
        var json = new JsonObject { ["peft_type"] = "LORA", ["r"] = 4, ["lora_alpha"] = 8, ["target_modules"] = new JsonArray("q_proj") };
        json[field] = JsonNode.Parse(value);
        return LoraConfigReader.Read(ConfigObject.Parse(json.ToJsonString(), "adapter_config.json"));
    }
}

using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Qwen2Audio.Checkpoints.Adapters;

/// <summary>Writes adapter_config.json as peft does, with fields sorted by name. Fields that were read are written back unchanged.</summary>
internal static class LoraConfigWriter
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The file's text.</summary>
    public static string Write(LoraConfig config)
    {
        var fields = config.Fields?.DeepClone().AsObject() ?? New(config);
        var sorted = new JsonObject();
        foreach (var name in fields.Select(field => field.Key).Order(StringComparer.Ordinal).ToList()) sorted[name] = fields[name]?.DeepClone();
        return sorted.ToJsonString(Options);
    }

    private static JsonObject New(LoraConfig config) => new()
    {
        ["alpha_pattern"] = Patterns(config.AlphaPattern),
        ["auto_mapping"] = null,
        ["base_model_name_or_path"] = config.BaseModel,
        ["bias"] = config.Bias,
        ["exclude_modules"] = config.ExcludeModules is { } excluded ? Modules(excluded) : null,
        ["fan_in_fan_out"] = false,
        ["inference_mode"] = true,
        ["init_lora_weights"] = true,
        ["layer_replication"] = null,
        ["layers_pattern"] = config.Layers is { Patterns.Count: > 0 } lists ? List(lists.Patterns) : null,
        ["layers_to_transform"] = config.Layers is { } layers ? List(layers.Numbers) : null,
        ["loftq_config"] = new JsonObject(),
        ["lora_alpha"] = Number(config.LoraAlpha),
        ["lora_dropout"] = config.LoraDropout,
        ["modules_to_save"] = config.ModulesToSave.Count > 0 ? List(config.ModulesToSave) : null,
        ["peft_type"] = "LORA",
        ["r"] = config.R,
        ["rank_pattern"] = Patterns(config.RankPattern),
        ["revision"] = null,
        ["target_modules"] = Modules(config.TargetModules),
        ["task_type"] = "CAUSAL_LM",
        ["use_dora"] = config.UseDora,
        ["use_rslora"] = config.UseRslora,
    };

    private static JsonNode Modules(ModuleSelector choice) => choice.Text is { } text ? JsonValue.Create(text)
        : new JsonArray([.. choice.Names.Order(StringComparer.Ordinal).Select(name => (JsonNode)name)]);

    private static JsonArray List<T>(IEnumerable<T> values) => new([.. values.Select(value => (JsonNode?)JsonValue.Create(value))]);

    private static JsonObject Patterns(IReadOnlyList<ModulePattern> patterns) =>
        new(patterns.Select(pattern => KeyValuePair.Create(pattern.Expression, (JsonNode?)Number(pattern.Value))));

    private static JsonNode Number(double value) => value == Math.Floor(value) && Math.Abs(value) < 1e15 ? JsonValue.Create((long)value) : JsonValue.Create(value);
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Json;

namespace Qwen2Audio.Checkpoints.Adapters;

/// <summary>
/// peft's adapter_config.json → <see cref="LoraConfig"/>. Unsupported settings that would change the computation are refused by name; settings
/// that are off (null, false, empty) are accepted, known or not.
/// </summary>
public static class LoraConfigReader
{
    /// <summary>The file's name.</summary>
    public const string FileName = "adapter_config.json";

    /// <summary>Fields that have no effect on a trained adapter.</summary>
    private static readonly string[] Harmless =
    [
        "auto_mapping", "base_model_name_or_path", "inference_mode", "megatron_core", "peft_version", "qalora_group_size", "revision", "task_type",
        "runtime_config", "eva_config", "corda_config", "loftq_config", // initialisations; those that change the base model are refused
    ];

    /// <summary>Initialisations that leave the base model unchanged.</summary>
    private static readonly string[] Starts = ["gaussian", "eva", "orthogonal"];

    /// <summary>Opens the file.</summary>
    /// <exception cref="ConfigException">It is missing, is not strict JSON, or asks for something that is not supported; all problems are listed.</exception>
    public static LoraConfig Open(string path) => Read(ConfigObject.Open(path));

    /// <summary>Reads the fields.</summary>
    /// <exception cref="ConfigException">As <see cref="Open"/>.</exception>
    public static LoraConfig Read(ConfigObject json)
    {
        json.String("peft_type", "LORA");
        Start(json);
        var rank = json.IntOr("r", 8, min: 1);
        var config = new LoraConfig
        {
            R = rank,
            LoraAlpha = json.NumberOr("lora_alpha", 8, min: -1e9, max: 1e9),
            UseRslora = json.BoolOr("use_rslora", false),
            LoraDropout = Dropout(json),
            TargetModules = Modules(json, "target_modules") ?? ModuleSelector.Of(),
            ExcludeModules = Modules(json, "exclude_modules"),
            RankPattern = Patterns(json, "rank_pattern", value => value >= 1 && value <= int.MaxValue && value == Math.Floor(value), "a whole number, 1 or more"),
            AlphaPattern = Patterns(json, "alpha_pattern", value => value is >= -1e9 and <= 1e9, "a number from -1e9 to 1e9"),
            Layers = Layers(json),
            UseDora = json.BoolOr("use_dora", false),
            Bias = json.StringOr("bias", "none", "none", "all", "lora_only"),
            ModulesToSave = json.StringListOr("modules_to_save", []),
            Warnings = json.BoolOr("fan_in_fan_out", false) ? ["fan_in_fan_out is true, which has no meaning for linear layers; it is treated as false, as in peft"] : [],
            BaseModel = json.Has("base_model_name_or_path") ? json.StringOr("base_model_name_or_path", "") : null,
            Fields = JsonNode.Parse(json.Element.GetRawText())!.AsObject(),
        };
        if (config.ModulesToSave.Contains("", StringComparer.Ordinal)) json.AddProblem("modules_to_save", "an empty name", "names of modules");
        if (!json.Has("target_modules")) json.AddProblem("target_modules", "nothing", "a list of module names, \"all-linear\" or a regular expression");
        RefuseOthers(json);
        json.ThrowIfBad();
        return config;
    }

    private static double Dropout(ConfigObject json)
    {
        var rate = json.NumberOr("lora_dropout", 0, min: 0, max: 1);
        if (rate >= 1) json.AddProblem("lora_dropout", "1", "from 0 to below 1");
        return rate;
    }

    private static void Start(ConfigObject json)
    {
        if (!json.Element.TryGetProperty("init_lora_weights", out var start)) return;
        if (start.ValueKind is JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null) json.BoolOr("init_lora_weights", true);
        else if (start.ValueKind == JsonValueKind.String) json.StringOr("init_lora_weights", "gaussian", Starts); // others change the base model
        else json.AddProblem("init_lora_weights", "a value", $"true, false, {string.Join(", ", Starts)}");
    }

    private static LayerSelector? Layers(ConfigObject json)
    {
        const string layers = "layers_to_transform";
        const string patterns = "layers_pattern";
        var names = json.Has(patterns) && json.Element.GetProperty(patterns).ValueKind == JsonValueKind.String ? [json.String(patterns)] : json.StringListOr(patterns, []);
        var numbers = json.IntOrListOr(layers, [], min: 0);
        names = [.. names.Where(name => name.Length > 0)];
        if (numbers.Count == 0)
        {
            if (names.Count > 0) json.AddProblem(patterns, string.Join(", ", names), $"nothing, because {layers} names no layer");
            return null;
        }

        if (json.Has("target_modules") && json.Element.GetProperty("target_modules").ValueKind == JsonValueKind.String)
            json.AddProblem(layers, string.Join(", ", numbers), "nothing, because target_modules is a text; name the layers there");
        if (names.FirstOrDefault(name => name.Length > ModuleSelector.LongestExpression) is not null)
            json.AddProblem(patterns, "a longer text", $"at most {ModuleSelector.LongestExpression} characters");
        try
        {
            return new LayerSelector(numbers, names);
        }
        catch (ArgumentException exception)
        {
            json.AddProblem(patterns, $"an invalid regular expression ({Reason(exception)})", "names of lists of layers");
            return null;
        }
    }

    private static ModuleSelector? Modules(ConfigObject json, string name)
    {
        if (!json.Has(name)) return null;
        if (json.Element.GetProperty(name).ValueKind != JsonValueKind.String) return ModuleSelector.Of(json.StringListOr(name, []));
        var text = json.String(name);
        try
        {
            return ModuleSelector.Matching(text);
        }
        catch (ArgumentException exception)
        {
            json.AddProblem(name, $"\"{text}\" ({Reason(exception)})", "a regular expression");
            return null;
        }
    }

    private static List<ModulePattern> Patterns(ConfigObject json, string name, Predicate<double> allows, string allowed)
    {
        var patterns = new List<ModulePattern>();
        if (json.ObjectOrNull(name) is not { } values) return patterns;
        foreach (var key in values.Names)
        {
            var value = values.Number(key);
            if (!allows(value)) values.AddProblem(key, $"{value}", allowed);
            try
            {
                patterns.Add(new ModulePattern(key, value));
            }
            catch (ArgumentException exception)
            {
                values.AddProblem(key, $"a name that is not a regular expression ({Reason(exception)})", "a module name or a regular expression");
            }
        }

        return patterns;
    }

    private static void RefuseOthers(ConfigObject json)
    {
        string[] read =
        [
            "peft_type", "bias", "r", "lora_alpha", "use_rslora", "lora_dropout", "target_modules", "exclude_modules", "rank_pattern", "alpha_pattern",
            "init_lora_weights", "layers_to_transform", "layers_pattern", "use_dora", "modules_to_save", "fan_in_fan_out", .. Harmless,
        ];
        foreach (var member in json.Element.EnumerateObject())
            if (!read.Contains(member.Name, StringComparer.Ordinal) && !IsOff(member.Value))
                json.AddProblem(member.Name, "an unsupported setting", "null, false or empty");
    }

    private static bool IsOff(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };

    // the library's message without its own form of the expression and the position in it
    private static string Reason(Exception exception)
    {
        var place = exception.Message.LastIndexOf("' at offset ", StringComparison.Ordinal);
        var reason = place < 0 ? -1 : exception.Message.IndexOf(". ", place, StringComparison.Ordinal);
        return (reason < 0 ? exception.Message : exception.Message[(reason + 2)..]).Replace("Int32.MaxValue", "2147483647", StringComparison.Ordinal).TrimEnd('.');
    }
}

using System.Text.Json;
using Qwen2Audio.Formats.Json;

namespace Qwen2Audio.Checkpoints;

/// <summary>
/// generation_config.json → <see cref="GenerationConfig"/>, with the reference's defaults (transformers 4.57). Unsupported settings that would
/// change the chosen tokens are refused, all at once; other unused fields are listed.
/// </summary>
public static class GenerationConfigReader
{
    /// <summary>The file's name in a checkpoint folder.</summary>
    public const string FileName = "generation_config.json";

    /// <summary>Settings, and the only value that means "off" for them.</summary>
    private static readonly (string Name, double Off)[] UnsupportedNumbers =
    [
        ("min_length", 0), ("num_return_sequences", 1), ("num_beam_groups", 1), ("diversity_penalty", 0), ("penalty_alpha", 0),
        ("encoder_repetition_penalty", 1), ("encoder_no_repeat_ngram_size", 0), ("guidance_scale", 1),
    ];

    private static readonly (string Name, double Off)[] UnsupportedSampling =
        [("typical_p", 1), ("epsilon_cutoff", 0), ("eta_cutoff", 0), ("top_h", 1)];

    private static readonly string[] UnsupportedSettings =
    [
        "forced_bos_token_id", "forced_eos_token_id", "forced_decoder_ids", "force_words_ids", "constraints", "sequence_bias",
        "exponential_decay_length_penalty", "watermarking_config", "dola_layers", "max_time",
    ];

    /// <summary>Reads the settings of an object; problems are recorded in it, and thrown by <see cref="ConfigObject.ThrowIfBad"/>.</summary>
    /// <param name="json">The object.</param>
    /// <param name="handled">Fields that the caller reads itself; they are neither refused nor listed.</param>
    public static GenerationConfig Read(ConfigObject json, params ReadOnlySpan<string> handled)
    {
        var sample = json.BoolOr("do_sample", false);
        RefuseUnsupported(json, sample, handled);
        var beams = json.IntOr("num_beams", 1, min: 1, max: 256);
        if (sample && beams > 1) json.AddProblem("num_beams", $"{beams}", "1 where do_sample is true");
        var most = json.Has("max_new_tokens") ? json.Int("max_new_tokens", min: 0) : (int?)null;
        var config = new GenerationConfig
        {
            MaxNewTokens = most,
            MaxLength = json.Has("max_length") ? json.Int("max_length", min: 0) : null,
            MinNewTokens = json.IntOr("min_new_tokens", 0, min: 0, max: most ?? int.MaxValue),
            EndTokens = ModelConfigReader.TokenIds(json, "eos_token_id"),
            PadToken = json.Has("pad_token_id") ? json.Int("pad_token_id") : null,
            BeginToken = ModelConfigReader.TokenIds(json, "bos_token_id") is [var begin, ..] ? begin : null,
            DoSample = sample,
            RepetitionPenalty = json.NumberOr("repetition_penalty", 1, min: 1e-6, max: 100),
            NoRepeatNgramSize = json.IntOr("no_repeat_ngram_size", 0, min: 0),
            BadWords = json.IntListsOr("bad_words_ids", [], min: 0),
            SuppressTokens = ModelConfigReader.TokenIds(json, "suppress_tokens"),
            BeginSuppressTokens = ModelConfigReader.TokenIds(json, "begin_suppress_tokens"),
            NumBeams = beams,
            LengthPenalty = json.NumberOr("length_penalty", 1, min: -100, max: 100),
            EarlyStopping = Ending(json),
            StopStrings = Texts(json, "stop_strings"),
        };
        config = Sampling(json, config);
        _ = json.StringOr("transformers_version", "");
        _ = json.BoolOr("_from_model_config", false);
        return config with { Ignored = Ignored(json, handled), Warnings = [.. json.Warnings] };
    }

    /// <summary>The sampling settings, also without do_sample: they are used when the caller requests sampling.</summary>
    private static GenerationConfig Sampling(ConfigObject json, GenerationConfig config)
    {
        // null and 0 turn it off; an absent field means 50
        var written = json.Element.ValueKind == JsonValueKind.Object && json.Element.TryGetProperty("top_k", out _);
        var topK = json.IntOr("top_k", written ? 0 : 50, min: 0);
        // temperature 0 is often written for "greedy"; without do_sample it has no effect
        var temperature = json.NumberOr("temperature", 1, min: config.DoSample ? 1e-6 : 0, max: 100);
        var topP = json.NumberOr("top_p", 1, min: 0, max: 1);
        if (topP == 0 && config.DoSample) json.AddProblem("top_p", "0", "a number above 0 up to 1");
        var minP = json.NumberOr("min_p", 0, min: 0, max: 1);
        return config with { Temperature = temperature, TopK = topK, TopP = topP, MinP = minP };
    }

    /// <summary>Records every setting that would change the chosen tokens and is supported for no model.</summary>
    internal static void RefuseUnsupported(ConfigObject json, bool sample, params ReadOnlySpan<string> handled)
    {
        foreach (var (name, off) in UnsupportedNumbers) RequireOff(json, name, off, handled);
        if (sample)
            foreach (var (name, off) in UnsupportedSampling) RequireOff(json, name, off, handled);
        foreach (var name in new[] { "token_healing", "remove_invalid_values" })
            if (!handled.Contains(name) && json.BoolOr(name, false)) json.AddProblem(name, "true", "false (not supported)");
        foreach (var name in UnsupportedSettings)
        {
            if (handled.Contains(name) || !json.Has(name)) continue;
            var element = json.Element.GetProperty(name);
            if (element.ValueKind == JsonValueKind.Array && element.GetArrayLength() == 0) continue;
            var text = element.GetRawText();
            json.AddProblem(name, text.Length > 40 ? text[..40] + "…" : text, "nothing or null (not supported)");
        }
    }

    /// <summary>Records a setting whose value is not the one that means "off".</summary>
    internal static void RequireOff(ConfigObject json, string name, double off, params ReadOnlySpan<string> handled)
    {
        if (handled.Contains(name)) return;
        var value = json.NumberOr(name, off);
        var allowed = off.ToString(CultureInfo.InvariantCulture);
        if (value != off) json.AddProblem(name, value.ToString(CultureInfo.InvariantCulture), $"{allowed} (other values are not supported)");
    }

    /// <summary>early_stopping; a problem is recorded in the object.</summary>
    internal static EarlyStopping Ending(ConfigObject json)
    {
        const string name = "early_stopping";
        if (!json.Has(name)) return EarlyStopping.WhenUnlikely;
        if (json.Element.GetProperty(name).ValueKind != JsonValueKind.String) return json.BoolOr(name, false) ? EarlyStopping.WhenFull : EarlyStopping.WhenUnlikely;
        _ = json.String(name, "never");
        return EarlyStopping.Never;
    }

    private static IReadOnlyList<string> Texts(ConfigObject json, string name)
    {
        var texts = json.Has(name) && json.Element.GetProperty(name).ValueKind == JsonValueKind.String ? [json.String(name)] : json.StringListOr(name, []);
        if (texts.Contains("", StringComparer.Ordinal)) json.AddProblem(name, "an empty text", "texts of at least one character");
        return texts;
    }

    private static string[] Ignored(ConfigObject json, ReadOnlySpan<string> handled)
    {
        var ignored = new List<string>();
        foreach (var place in json.Unread)
            if (!handled.Contains(place.Split('.', 3) is [_, var name, ..] ? name : place)) ignored.Add(place);
        return [.. ignored];
    }
}

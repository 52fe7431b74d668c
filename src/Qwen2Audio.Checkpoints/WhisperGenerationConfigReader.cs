using System.Text.Json;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Model.Whisper;

namespace Qwen2Audio.Checkpoints;

/// <summary>
/// generation_config.json of a Whisper folder, or the same fields of config.json (older folders) → <see cref="WhisperGenerationConfig"/>.
/// Unsupported settings that would change the chosen tokens are refused, all at once; other unused fields are listed.
/// </summary>
public static class WhisperGenerationConfigReader
{
    /// <summary>Reads the fields; ids and heads are checked against the model's sizes.</summary>
    /// <exception cref="ConfigException">Fields of the wrong type, ids that the model does not have, or unsupported settings; all are named.</exception>
    public static WhisperGenerationConfig Read(ConfigObject json, WhisperConfig model)
    {
        var last = model.VocabSize - 1;
        int? Id(string name) => json.Has(name) ? json.IntOr(name, 0, 0, last) : null;
        var config = new WhisperGenerationConfig
        {
            DecoderStartTokenId = Id("decoder_start_token_id"),
            EosTokenId = json.IntOrListOr("eos_token_id", [], 0, last),
            SuppressTokens = json.IntListOr("suppress_tokens", [], 0, last),
            BeginSuppressTokens = json.IntListOr("begin_suppress_tokens", [], 0, last),
            NoTimestampsTokenId = Id("no_timestamps_token_id"),
            MaxInitialTimestampIndex = json.Has("max_initial_timestamp_index") ? json.IntOr("max_initial_timestamp_index", 50, min: 0) : null,
            LangToId = Languages(json, last),
            TaskToId = Ids(json, "task_to_id", last),
            IsMultilingual = json.Has("is_multilingual") ? json.BoolOr("is_multilingual", true) : null,
            AlignmentHeads = AlignmentHeads(json, model),
            PrevSotTokenId = Id("prev_sot_token_id"),
            MaxLength = json.Has("max_length") ? json.IntOr("max_length", model.MaxTargetPositions, min: 1) : null,
            NumBeams = json.IntOr("num_beams", 1, min: 1, max: 256),
            LengthPenalty = json.NumberOr("length_penalty", 1, min: -100, max: 100),
            EarlyStopping = GenerationConfigReader.Ending(json),
        };
        config = config with
        {
            Language = json.Has("language") ? json.String("language") : null,
            Task = json.Has("task") ? json.String("task", "transcribe", "translate") : null,
            ForcedDecoderIds = Forced(json, model),
        };
        config = config with { MaxNewTokens = json.Has("max_new_tokens") ? json.Int("max_new_tokens", min: 1) : null };
        RefuseUnsupported(json);
        json.ThrowIfBad();
        return json.Has("model_type") ? config : config with { Ignored = json.Unread };
    }

    /// <summary>forced_decoder_ids; a problem is recorded in the object.</summary>
    public static IReadOnlyList<(int Position, int? Token)> Forced(ConfigObject json, WhisperConfig model)
    {
        const string name = "forced_decoder_ids";
        var pairs = new List<(int Position, int? Token)>();
        if (!json.Has(name)) return pairs;
        var element = json.Element.GetProperty(name);
        foreach (var pair in element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : default)
        {
            if (pair.ValueKind == JsonValueKind.Array && pair.GetArrayLength() == 2 && pair[0].ValueKind == JsonValueKind.Number && pair[0].TryGetInt32(out var position)
                && position is >= 1 and < 1000 && Token(pair[1], model.VocabSize, out var token) && pairs.All(known => known.Position != position)) pairs.Add((position, token));
            else element = default;
        }

        if (element.ValueKind != JsonValueKind.Array)
            json.AddProblem(name, json.Element.GetProperty(name).GetRawText() is { Length: > 80 } text ? text[..80] + "…" : json.Element.GetProperty(name).GetRawText(),
                $"a list of [position, id or null], each position ≥ 1 once, ids below {model.VocabSize}");
        return [.. pairs.OrderBy(pair => pair.Position)];
    }

    private static bool Token(JsonElement element, int vocabulary, out int? token)
    {
        token = element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var id) ? id : null;
        return element.ValueKind == JsonValueKind.Null || token is >= 0 && token < vocabulary;
    }

    // settings that Qwen2's generation supports and Whisper's does not, and those that neither supports
    private static void RefuseUnsupported(ConfigObject json)
    {
        if (json.BoolOr("do_sample", false)) json.AddProblem("do_sample", "true", "false (the caller chooses temperatures)");
        GenerationConfigReader.RefuseUnsupported(json, sample: false, "forced_decoder_ids");
        GenerationConfigReader.RequireOff(json, "repetition_penalty", 1);
        if (json.NumberOr("temperature", 1) is var temperature && temperature is not (0 or 1))
            json.AddProblem("temperature", temperature.ToString(CultureInfo.InvariantCulture), "0, 1 or nothing (the caller chooses temperatures)");
        GenerationConfigReader.RequireOff(json, "no_repeat_ngram_size", 0);
        GenerationConfigReader.RequireOff(json, "min_new_tokens", 0);
        if (json.IntListsOr("bad_words_ids", []).Count > 0) json.AddProblem("bad_words_ids", "words", "nothing or null (not supported)");
        if (json.StringListOr("stop_strings", []).Count > 0) json.AddProblem("stop_strings", "texts", "nothing or null (not supported)");
        _ = json.StringOr("transformers_version", "");
        _ = json.BoolOr("_from_model_config", false);
    }

    private static Dictionary<string, int> Languages(ConfigObject json, int last)
    {
        var languages = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (name, id) in Ids(json, "lang_to_id", last))
        {
            var code = name.StartsWith("<|", StringComparison.Ordinal) && name.EndsWith("|>", StringComparison.Ordinal) ? name[2..^2] : "";
            if (code.Length == 0) json.AddProblem("lang_to_id", $"\"{name}\"", "names such as \"<|en|>\"");
            else languages[code] = id;
        }

        return languages;
    }

    private static Dictionary<string, int> Ids(ConfigObject json, string name, int last)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        if (json.ObjectOrNull(name) is { } held)
            foreach (var key in held.Names) ids[key] = held.Int(key, 0, last);
        return ids;
    }

    private static List<(int Layer, int Head)> AlignmentHeads(ConfigObject json, WhisperConfig model)
    {
        const string name = "alignment_heads";
        var heads = new List<(int, int)>();
        var allowed = $"pairs of a decoder layer (0…{model.DecoderLayers - 1}) and a head (0…{model.DecoderAttentionHeads - 1})";
        foreach (var pair in json.IntListsOr(name, [], min: 0))
        {
            if (pair.Count == 2 && pair[0] < model.DecoderLayers && pair[1] < model.DecoderAttentionHeads) heads.Add((pair[0], pair[1]));
            else json.AddProblem(name, $"[{string.Join(", ", pair.Take(8))}]", allowed);
        }

        return heads;
    }
}

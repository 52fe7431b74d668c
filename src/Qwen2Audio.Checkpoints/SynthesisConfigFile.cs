using System.Text.Json.Nodes;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Model.Synthesis;

namespace Qwen2Audio.Checkpoints;

/// <summary>config.json of a model that speaks: its sizes and the names of its voices. The codec is in the folder <see cref="CodecFolder"/> within the model's.</summary>
public static class SynthesisConfigFile
{
    /// <summary>The model_type.</summary>
    public const string Kind = "qwen2_audio_synthesis";

    /// <summary>Name of the codec's folder.</summary>
    public const string CodecFolder = "codec";

    /// <summary>Reads sizes and voices.</summary>
    /// <exception cref="ConfigException">Another kind of model, fields of the wrong type or range, or inconsistent sizes.</exception>
    public static (SynthesisConfig Config, IReadOnlyList<string> Voices) Read(ConfigObject json)
    {
        json.String("model_type", Kind);
        var voices = json.StringListOr("voices", []);
        if (voices.Count == 0) json.AddProblem("voices", "none", "the names of the voices");
        var config = new SynthesisConfig
        {
            Decoder = ModelConfigReader.ReadQwen2(json.Object("text_config")),
            Phones = json.IntOr("phones", 0, 1, 1 << 12),
            Voices = voices.Count,
            Books = json.IntOr("books", 0, 1, 64),
            Entries = json.IntOr("entries", 0, 2, 1 << 16),
            Dimension = json.IntOr("dimension", 0, 1, 1 << 14),
            HeadWidth = json.IntOr("head_width", 0, 1, 1 << 14),
            DurationWidth = json.IntOr("duration_width", 0, 2, 1 << 14),
        };
        if (config.Decoder.VocabSize != SynthesisConfig.VocabularyOf(config.Phones, config.Voices))
            json.AddProblem("text_config.vocab_size", $"{config.Decoder.VocabSize}", $"{SynthesisConfig.VocabularyOf(config.Phones, config.Voices)}, for {config.Phones} phones and {config.Voices} voices");
        json.ThrowIfBad();
        return (config, voices);
    }

    /// <summary>config.json, which <see cref="Read"/> reads again.</summary>
    public static JsonObject Write(SynthesisConfig config, IReadOnlyList<string> voices) => new()
    {
        ["model_type"] = Kind,
        ["text_config"] = ModelConfigWriter.Write(config.Decoder),
        ["phones"] = config.Phones,
        ["books"] = config.Books,
        ["entries"] = config.Entries,
        ["dimension"] = config.Dimension,
        ["head_width"] = config.HeadWidth,
        ["duration_width"] = config.DurationWidth,
        ["voices"] = new JsonArray([.. voices.Select(voice => (JsonNode)voice)]),
    };
}

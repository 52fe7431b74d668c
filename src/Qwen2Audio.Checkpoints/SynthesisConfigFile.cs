using System.Text.Json.Nodes;
using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Model;
using Qwen2Audio.Model.Synthesis;

namespace Qwen2Audio.Checkpoints;

/// <summary>The section "synthesis" in config.json of a small model that speaks: sizes, the names of its voices, and how it draws unless the caller says otherwise. The codec is in the folder <see cref="CodecFolder"/> within the model's.</summary>
public static class SynthesisConfigFile
{
    /// <summary>Name of the section.</summary>
    public const string Section = "synthesis";

    /// <summary>Name of the codec's folder.</summary>
    public const string CodecFolder = "codec";

    /// <summary>Reads the section of a configuration; without it the configuration stays as it is. Problems are added to <paramref name="json"/>.</summary>
    internal static Qwen2AudioConfig Read(ConfigObject json, Qwen2AudioConfig config)
    {
        if (json.ObjectOrNull(Section) is not { } section) return config;
        var voices = section.StringListOr("voices", []);
        if (voices.Count == 0 || voices.Any(voice => voice.Length == 0) || voices.Distinct(StringComparer.Ordinal).Count() < voices.Count)
            section.AddProblem("voices", voices.Count == 0 ? "none" : string.Join(", ", voices), "the names of the voices, all of them different");
        var synthesis = new SynthesisConfig
        {
            FirstToken = config.AudioConfig.CtcVocabSize,
            Phones = section.IntOr("phones", 0, PhoneSet.Count, PhoneSet.Count),
            Voices = voices,
            Books = section.IntOr("books", 0, 1, 64),
            Entries = section.IntOr("entries", 0, 2, 1 << 16),
            Dimension = section.IntOr("dimension", 0, 1, 1 << 14),
            HeadWidth = section.IntOr("head_width", 0, 1, 1 << 14),
            DurationWidth = section.IntOr("duration_width", 0, 2, 1 << 14),
            SpeakerWidth = section.IntOr("speaker_width", 0, 0, 1 << 15),
            Guidance = section.NumberOr("guidance", 1, 0, SynthesisConfig.MostGuidance),
            VoiceGuidance = section.NumberOr("voice_guidance", 1, 0, SynthesisConfig.MostGuidance),
            Temperature = section.NumberOr("temperature", 0.7, 0, SynthesisConfig.MostTemperature),
        };
        if (synthesis.SpeakerWidth != 0 && synthesis.SpeakerWidth != SpeakerEmbedding.WidthOf(synthesis.Dimension))
            section.AddProblem("speaker_width", $"{synthesis.SpeakerWidth}", $"0, or {SpeakerEmbedding.WidthOf(synthesis.Dimension)}: twice the dimension");
        if (config.TextConfig.VocabSize != synthesis.Vocabulary)
            json.AddProblem("text_config.vocab_size", $"{config.TextConfig.VocabSize}",
                $"{synthesis.Vocabulary}: {synthesis.FirstToken} text units (audio_config.ctc_vocab_size), and the tokens of {synthesis.Phones} phones and {voices.Count} voices");
        return config with { Synthesis = synthesis };
    }

    /// <summary>The section, which <see cref="Read"/> reads again.</summary>
    internal static JsonObject Write(SynthesisConfig config)
    {
        var json = new JsonObject
        {
            ["phones"] = config.Phones,
            ["books"] = config.Books,
            ["entries"] = config.Entries,
            ["dimension"] = config.Dimension,
            ["head_width"] = config.HeadWidth,
            ["duration_width"] = config.DurationWidth,
            ["guidance"] = config.Guidance,
            ["voice_guidance"] = config.VoiceGuidance,
            ["temperature"] = config.Temperature,
            ["voices"] = new JsonArray([.. config.Voices.Select(voice => (JsonNode)voice)]),
        };
        if (config.SpeakerWidth > 0) json["speaker_width"] = config.SpeakerWidth;
        return json;
    }
}

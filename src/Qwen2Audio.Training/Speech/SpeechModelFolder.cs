using System.Text.Json;
using System.Text.Json.Nodes;
using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Model;
using Qwen2Audio.Text;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Speech;

/// <summary>Writes the small speech model as a folder in the published format: configuration, tokenizer, weights.</summary>
internal static class SpeechModelFolder
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes every file, with weights stored as <paramref name="type"/>.</summary>
    public static void Write(string folder, Qwen2AudioConfig config, ParameterSet parameters, SpeechCorpus corpus, DType type)
    {
        Directory.CreateDirectory(folder);
        var json = ModelConfigWriter.Write(config, ModelKinds.Qwen2AudioCtc);
        json["label_sets"] = new JsonObject(corpus.LabelSets.Select(set => KeyValuePair.Create<string, JsonNode?>(
            set.Key, new JsonArray([.. set.Value.Select(label => (JsonNode)label)]))));
        Put(folder, "config.json", json);
        Put(folder, "preprocessor_config.json", Features(config, corpus));
        Put(folder, "generation_config.json", Generation(corpus.Tokenizer));
        foreach (var (name, text) in TokenizerFiles.Texts(corpus.Tokenizer))
            AtomicFile.Write(Path.Combine(folder, name), Encoding.UTF8.GetBytes(text));
        var tensors = parameters.Parameters
            .Select(parameter => NewTensor.Floats(parameter.Name, [.. parameter.Shape.Select(axis => (long)axis)], parameter.Value.Span.ToArray(), type));
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), [.. tensors],
            new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" });
    }

    private static JsonObject Features(Qwen2AudioConfig config, SpeechCorpus corpus) => new()
    {
        ["feature_extractor_type"] = "Qwen2AudioCtcFeatureExtractor",
        ["sampling_rate"] = 16_000,
        ["feature_size"] = config.AudioConfig.NumMelBins,
        ["n_fft"] = 400,
        ["hop_length"] = 160,
        ["peak"] = 0.5,
        ["short_clip_seconds"] = ClipLogMel.ShortClipSeconds,
        ["short_clip_padding"] = ClipLogMel.ShortClipPadding,
        ["mel_mean"] = Numbers(corpus.Scale.Mean),
        ["mel_std"] = Numbers(corpus.Scale.Deviation),
    };

    private static JsonObject Generation(BytePairTokenizer tokenizer) => new()
    {
        ["eos_token_id"] = tokenizer.ControlId(SpeechTokens.End),
        ["ctc_beam"] = 8,
        ["ctc_weight"] = 0.7,
        ["speech_threshold"] = 0.5,
    };

    private static JsonArray Numbers(float[] values) => new([.. values.Select(value => (JsonNode)value)]);

    private static void Put(string folder, string name, JsonObject json) =>
        AtomicFile.Write(Path.Combine(folder, name), Encoding.UTF8.GetBytes(json.ToJsonString(Indented) + "\n"));
}

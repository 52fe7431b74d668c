using System.Text.Json.Nodes;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Model.Whisper;

namespace Qwen2Audio.Tasks.Tests.Whisper;

/// <summary>
/// A folder with a small Whisper with random weights in the published format and windows of 2 s; removed when it is disposed.
/// Text tokens are letters within a word (0…25), a space (26) and letters at a word's beginning (27…52).
/// </summary>
internal sealed class TinyWhisper : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public const int End = 53;
    public const int NoTimestamps = 62;
    public const int FirstTimestamp = 63;
    public const int Timestamps = 101;
    public const int Vocabulary = FirstTimestamp + Timestamps + 3;
    public const int Suppressed = 7; // "h" within a word

    private static readonly string[] Controls =
    [
        "<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|de|>", "<|fr|>", "<|translate|>", "<|transcribe|>", "<|startofprev|>",
        "<|nospeech|>", "<|notimestamps|>",
    ];

    public TinyWhisper(int seed = 1, float textScale = 3, Action<string>? change = null)
    {
        Put("config.json", Config);
        Put("generation_config.json", Generation);
        Put("preprocessor_config.json", """
            {"chunk_length": 2, "feature_extractor_type": "WhisperFeatureExtractor", "feature_size": 80, "hop_length": 160, "n_fft": 400,
             "n_samples": 32000, "nb_max_frames": 200, "padding_side": "right", "padding_value": 0.0, "sampling_rate": 16000}
            """);
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var letter = 'a'; letter <= 'z'; letter++) vocabulary.Add(letter.ToString(), vocabulary.Count);
        vocabulary.Add("Ġ", vocabulary.Count);
        for (var letter = 'a'; letter <= 'z'; letter++) vocabulary.Add($"Ġ{letter}", vocabulary.Count);
        Put("vocab.json", JsonSerializer.Serialize(vocabulary));
        Put("merges.txt", "#version: 0.2\n" + string.Concat(Enumerable.Range('a', 26).Select(letter => $"Ġ {(char)letter}\n")));
        var added = Controls.Concat(Enumerable.Range(0, Timestamps).Select(i => FormattableString.Invariant($"<|{i * 0.02:0.00}|>")));
        Put("added_tokens.json", JsonSerializer.Serialize(added.Select((token, i) => (token, i)).ToDictionary(pair => pair.token, pair => End + pair.i)));
        SafetensorsWriter.Write(Path.Combine(Folder, "model.safetensors"), Weights(seed, textScale));
        change?.Invoke(Folder);
    }

    public static string Config => $$"""
        {"model_type": "whisper", "vocab_size": {{Vocabulary}}, "d_model": 32, "encoder_layers": 2, "encoder_attention_heads": 2,
         "encoder_ffn_dim": 48, "decoder_layers": 2, "decoder_attention_heads": 4, "decoder_ffn_dim": 40, "num_mel_bins": 80,
         "max_source_positions": 100, "max_target_positions": 64, "decoder_start_token_id": 54, "eos_token_id": 53}
        """;

    public static string Generation => """
        {"decoder_start_token_id": 54, "eos_token_id": 53, "no_timestamps_token_id": 62, "prev_sot_token_id": 60, "is_multilingual": true,
         "lang_to_id": {"<|en|>": 55, "<|de|>": 56, "<|fr|>": 57}, "task_to_id": {"transcribe": 59, "translate": 58},
         "suppress_tokens": [7, 54, 58, 59, 60, 61], "begin_suppress_tokens": [26, 53], "max_initial_timestamp_index": 25,
         "alignment_heads": [[1, 0], [1, 3]], "max_length": 64}
        """;

    public string Folder => _folder;

    public void Dispose() => _folder.Dispose();

    public void Put(string name, string text) => File.WriteAllText(Path.Combine(Folder, name), text);

    /// <summary>Writes a changed copy of a configuration file.</summary>
    public static void Edit(string folder, string name, Action<JsonObject> change)
    {
        var path = Path.Combine(folder, name);
        var json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(json);
        File.WriteAllText(path, json.ToJsonString());
    }

    private static IEnumerable<NewTensor> Weights(int seed, float textScale)
    {
        var config = WhisperConfigReader.Read(ConfigObject.Parse(Config, "config.json"));
        var weights = new RequestedWeights(hasOptional: true);
        _ = new WhisperModel(config, weights);
        return weights.Random(seed, (name, numbers) =>
        {
            // Text tokens stand out, or the timestamps, being many, would outweigh them at every step.
            if (name.EndsWith("embed_tokens.weight", StringComparison.Ordinal))
                foreach (ref var number in numbers.AsSpan(0, (End + 1) * weights.Shapes[name][1])) number *= textScale;
        });
    }
}

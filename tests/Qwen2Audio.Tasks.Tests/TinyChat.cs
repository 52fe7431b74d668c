using System.Text.Json.Nodes;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>
/// A folder with a small Qwen2-Audio with random weights in the published format and the tokenizer of fixtures/tokenizer; removed when it is
/// disposed of.
/// </summary>
internal sealed class TinyChat : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TinyChat(bool acceptsAudio = true, Action<JsonObject>? change = null)
    {
        var tokenizer = Path.Combine(Fixtures.Repository, "tests", "fixtures", "tokenizer");
        var text = new JsonObject
        {
            ["model_type"] = "qwen2",
            ["vocab_size"] = 1792,
            ["hidden_size"] = 32,
            ["intermediate_size"] = 48,
            ["num_hidden_layers"] = 2,
            ["num_attention_heads"] = 4,
            ["num_key_value_heads"] = 2,
            ["max_position_embeddings"] = 2048,
            ["rms_norm_eps"] = 1e-5,
            ["rope_theta"] = 10000.0,
        };
        var config = !acceptsAudio ? text : new JsonObject
        {
            ["model_type"] = "qwen2_audio",
            ["audio_token_index"] = 1759,
            ["text_config"] = text,
            ["audio_config"] = new JsonObject
            {
                ["model_type"] = "qwen2_audio_encoder",
                ["num_mel_bins"] = 128,
                ["encoder_layers"] = 2,
                ["encoder_attention_heads"] = 2,
                ["encoder_ffn_dim"] = 48,
                ["d_model"] = 24,
                ["max_source_positions"] = 150,
            },
        };
        change?.Invoke(config);
        RandomCheckpoint.Write(ConfigObject.Parse(config.ToJsonString(), "config.json"), Folder, DType.BF16, seed: 3);
        foreach (var name in new[] { "vocab.json", "merges.txt", "tokenizer_config.json" })
            if (File.Exists(Path.Combine(tokenizer, name))) File.Copy(Path.Combine(tokenizer, name), Path.Combine(Folder, name));
        var settings = Path.Combine(Folder, "tokenizer_config.json");
        var json = File.Exists(settings) ? JsonNode.Parse(File.ReadAllText(settings))!.AsObject() : [];
        json["tokenizer_class"] = "Qwen2Tokenizer";
        string[] controls = [ControlNames.EndOfText, ControlNames.TurnStart, ControlNames.TurnEnd, ControlNames.Audio, ControlNames.AudioStart, ControlNames.AudioEnd];
        json["added_tokens_decoder"] = new JsonObject(controls.Select((token, i) =>
            KeyValuePair.Create<string, JsonNode?>($"{1756 + i}", new JsonObject { ["content"] = token, ["special"] = true })));
        File.WriteAllText(settings, json.ToJsonString());
    }

    public string Folder => _folder["model"];

    public void Dispose() => _folder.Dispose();
}

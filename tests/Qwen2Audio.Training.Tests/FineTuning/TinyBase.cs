using System.Text.Json.Nodes;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Text;
using Qwen2Audio.Training.Tests.Data;

namespace Qwen2Audio.Training.Tests.FineTuning;

/// <summary>Small models with random weights in the published format, with a tokenizer, and files of samples.</summary>
internal sealed class TinyBase : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public string Folder => _folder;

    public string Path(string name) => System.IO.Path.Combine(Folder, name);

    /// <summary>The folder of a model kind: dense, moe or audio.</summary>
    public string Model(string kind, DType type = DType.F32)
    {
        var folder = Path(kind);
        if (Directory.Exists(folder)) return folder;
        var text = new JsonObject
        {
            ["model_type"] = kind == "moe" ? "qwen2_moe" : "qwen2",
            ["vocab_size"] = 264,
            ["hidden_size"] = 32,
            ["intermediate_size"] = 48,
            ["num_hidden_layers"] = 2,
            ["num_attention_heads"] = 4,
            ["num_key_value_heads"] = 2,
            ["max_position_embeddings"] = 512,
            ["rms_norm_eps"] = 1e-5,
            ["rope_theta"] = 10000.0,
            ["tie_word_embeddings"] = kind == "dense",
        };
        if (kind == "moe")
        {
            foreach (var (name, value) in new[] { ("num_experts", 4), ("num_experts_per_tok", 2), ("moe_intermediate_size", 24), ("shared_expert_intermediate_size", 32), ("decoder_sparse_step", 1) })
                text[name] = value;
            text["norm_topk_prob"] = false;
            text["router_aux_loss_coef"] = 0.01;
        }

        var config = kind != "audio" ? text : new JsonObject
        {
            ["model_type"] = "qwen2_audio",
            ["audio_token_index"] = 260,
            ["text_config"] = text,
            ["audio_config"] = new JsonObject
            {
                ["model_type"] = "qwen2_audio_encoder",
                ["num_mel_bins"] = 128,
                ["encoder_layers"] = 1,
                ["encoder_attention_heads"] = 2,
                ["encoder_ffn_dim"] = 32,
                ["d_model"] = 16,
                ["max_source_positions"] = 150,
            },
        };
        RandomCheckpoint.Write(ConfigObject.Parse(config.ToJsonString(), "config.json"), folder, type, seed: 3);
        foreach (var (name, content) in TokenizerFiles.Texts(TestTokenizer.Make())) File.WriteAllText(System.IO.Path.Combine(folder, name), content);
        File.WriteAllText(System.IO.Path.Combine(folder, "generation_config.json"), "{}");
        return folder;
    }

    /// <summary>Conversations that a small model memorises.</summary>
    public static (string Question, string Answer)[] Talk { get; } = [("red?", "A rose."), ("blue?", "The sky."), ("green?", "Grass is."), ("white?", "Snow.")];

    public void WriteTalk(string name) => File.WriteAllLines(Path(name), Talk.Select(pair => JsonSerializer.Serialize(new
    {
        messages = new[] { new { role = "user", content = pair.Question }, new { role = "assistant", content = pair.Answer } },
    })));

    public void WritePairs(string name) => File.WriteAllLines(Path(name), Talk.Select((pair, i) => JsonSerializer.Serialize(new
    {
        prompt = pair.Question,
        chosen = pair.Answer,
        rejected = i % 2 == 0 ? "No idea." : "Never mind."
    })));

    /// <summary>Clips of tones of different pitch, each with its answer.</summary>
    public void WriteHeard(string name) => File.WriteAllLines(Path(name), Talk.Select((pair, i) => JsonSerializer.Serialize(new
    {
        messages = new object[]
        {
            new { role = "user", content = new object[] { new { type = "audio", audio_url = System.IO.Path.GetFileName(TestAudio.WriteWave(Folder, $"{i}.wav", 0.5 + 0.1 * i)) }, new { type = "text", text = "What?" } } },
            new { role = "assistant", content = pair.Answer },
        },
    })));

    public void Dispose() => _folder.Dispose();
}

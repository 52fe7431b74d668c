using Qwen2Audio.Inference;
using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Golden.Tests;

/// <summary>A Qwen2 of 2 layers with adapters, all values given by a formula, so that another program can create the same.</summary>
internal static class FormulaModel
{
    public const int Vocabulary = 16;
    public const int Hidden = 8;
    private static readonly int[] Ids = [3, 1, 4, 1, 5];

    /// <summary>((i · 7919 + seed · 104729) mod 2003 − 1001) / 1001 · scale, plus an offset.</summary>
    public static NewTensor Tensor(string name, int seed, double scale, double offset, params long[] shape)
    {
        var numbers = new float[shape.Aggregate(1L, (product, size) => product * size)];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = (float)(offset + (float)(((i * 7919L + seed * 104729L) % 2003 - 1001) / 1001.0 * scale));
        return NewTensor.Floats(name, shape, numbers);
    }

    public static void WriteBase(string folder, bool tied)
    {
        Directory.CreateDirectory(folder);
        List<NewTensor> tensors = [Tensor("model.embed_tokens.weight", 1, 1, 0, Vocabulary, Hidden), Tensor("model.norm.weight", 2, 0.3, 1, Hidden)];
        for (var layer = 0; layer < 2; layer++)
        {
            var (prefix, seed) = ($"model.layers.{layer}.", 10 + 20 * layer);
            void Add(string name, int offset, double scale, double start, params long[] shape) => tensors.Add(Tensor(prefix + name, seed + offset, scale, start, shape));
            Add("input_layernorm.weight", 0, 0.3, 1, Hidden);
            Add("self_attn.q_proj.weight", 1, 0.6, 0, 8, Hidden);
            Add("self_attn.q_proj.bias", 2, 0.5, 0, 8);
            Add("self_attn.k_proj.weight", 3, 0.6, 0, 4, Hidden);
            Add("self_attn.k_proj.bias", 4, 0.5, 0, 4);
            Add("self_attn.v_proj.weight", 5, 0.6, 0, 4, Hidden);
            Add("self_attn.v_proj.bias", 6, 0.5, 0, 4);
            Add("self_attn.o_proj.weight", 7, 0.6, 0, Hidden, 8);
            Add("post_attention_layernorm.weight", 8, 0.3, 1, Hidden);
            Add("mlp.gate_proj.weight", 9, 0.6, 0, 12, Hidden);
            Add("mlp.up_proj.weight", 10, 0.6, 0, 12, Hidden);
            Add("mlp.down_proj.weight", 11, 0.6, 0, Hidden, 12);
        }

        if (!tied) tensors.Add(Tensor("lm_head.weight", 3, 1, 0, Vocabulary, Hidden));
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), tensors);
        File.WriteAllText(Path.Combine(folder, "config.json"), $$"""
            {"model_type": "qwen2", "vocab_size": 16, "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2,
             "num_key_value_heads": 1, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "max_position_embeddings": 64, "tie_word_embeddings": {{(tied ? "true" : "false")}}}
            """);
    }

    /// <summary>A [2, in] and B [out, 2] of a module.</summary>
    public static IEnumerable<NewTensor> Product(string module, int seed, int rows, int columns) =>
        [Tensor($"base_model.model.{module}.lora_A.weight", seed, 0.5, 0, 2, columns), Tensor($"base_model.model.{module}.lora_B.weight", seed + 1, 0.5, 0, rows, 2)];

    /// <summary>LoRA products of q_proj and v_proj in some layers.</summary>
    public static IEnumerable<NewTensor> QueriesAndValues(params int[] layers) => layers.SelectMany(layer => (IEnumerable<NewTensor>)
        [.. Product($"model.layers.{layer}.self_attn.q_proj", 100 + 10 * layer, 8, Hidden), .. Product($"model.layers.{layer}.self_attn.v_proj", 102 + 10 * layer, 4, Hidden)]);

    public static void WriteAdapter(string folder, string settings, IEnumerable<NewTensor> tensors)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), $$"""{"peft_type": "LORA", "base_model_name_or_path": "base", "r": 2, "lora_alpha": 4, {{settings}}}""");
        SafetensorsWriter.Write(Path.Combine(folder, "adapter_model.safetensors"), tensors);
    }

    /// <summary>Logits of the last row.</summary>
    public static float[] Logits(LoadedModel model, WorkerPool pool)
    {
        using var ops = new InferenceOps(pool);
        var decoder = model.Decoder;
        var hidden = decoder.Hidden(ops, decoder.Embed(ops, Ids), Layout.Of(Ids.Length));
        return decoder.Logits(ops, ops.TakeRows(hidden, [Ids.Length - 1])).Span.ToArray();
    }
}

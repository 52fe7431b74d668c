using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Model.Codec;
using Qwen2Audio.Testing;

namespace Qwen2Audio.Golden.Tests;

/// <summary>A small published codec with random weights in a temporary folder.</summary>
internal sealed class RandomCodec : IDisposable
{
    public static readonly IReadOnlyDictionary<string, string> Forms = new Dictionary<string, string>
    {
        ["EnCodec"] = """
            {"model_type": "encodec", "sampling_rate": 800, "num_filters": 4, "hidden_size": 8, "codebook_size": 16, "upsampling_ratios": [5, 4, 2],
             "target_bandwidths": [0.08, 0.24]}
            """,
        ["EnCodec with other options"] = """
            {"model_type": "encodec", "sampling_rate": 800, "audio_channels": 2, "num_filters": 6, "hidden_size": 8, "codebook_size": 16,
             "upsampling_ratios": [4, 3], "target_bandwidths": [1.0], "num_residual_layers": 2, "num_lstm_layers": 3, "pad_mode": "replicate",
             "trim_right_ratio": 0.5, "use_conv_shortcut": false, "compress": 3, "last_kernel_size": 5, "normalize": true}
            """,
        ["EnCodec in chunks"] = """
            {"model_type": "encodec", "sampling_rate": 800, "audio_channels": 2, "num_filters": 4, "hidden_size": 8, "codebook_size": 16,
             "upsampling_ratios": [5, 4], "target_bandwidths": [0.32], "norm_type": "time_group_norm", "use_causal_conv": false, "normalize": true,
             "chunk_length_s": 0.25, "overlap": 0.1}
            """,
        ["EnCodec, norms over the whole sound"] = """
            {"model_type": "encodec", "sampling_rate": 800, "num_filters": 4, "hidden_size": 8, "codebook_size": 16, "upsampling_ratios": [5, 4],
             "target_bandwidths": [0.32], "norm_type": "time_group_norm", "use_causal_conv": false}
            """,
        ["DAC"] = """
            {"model_type": "dac", "sampling_rate": 800, "encoder_hidden_size": 4, "decoder_hidden_size": 16, "downsampling_ratios": [2, 5],
             "n_codebooks": 3, "codebook_size": 16, "codebook_dim": 4}
            """,
        ["Mimi"] = """
            {"model_type": "mimi", "sampling_rate": 800, "num_filters": 4, "hidden_size": 16, "codebook_size": 16, "upsampling_ratios": [5, 4],
             "num_quantizers": 4, "vector_quantization_hidden_dimension": 6, "codebook_dim": 6, "upsample_groups": 16, "num_hidden_layers": 2,
             "num_attention_heads": 4, "num_key_value_heads": 4, "intermediate_size": 24, "sliding_window": 5}
            """,
        ["Mimi with other options"] = """
            {"model_type": "mimi", "sampling_rate": 800, "num_filters": 4, "hidden_size": 16, "codebook_size": 16, "upsampling_ratios": [5, 4],
             "num_quantizers": 5, "num_semantic_quantizers": 2, "vector_quantization_hidden_dimension": 16, "codebook_dim": null, "upsample_groups": 4,
             "num_hidden_layers": 1, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 6, "intermediate_size": 24, "sliding_window": 5,
             "attention_bias": true, "use_conv_shortcut": true, "num_residual_layers": 2, "hidden_act": "silu", "frame_rate": 12.0}
            """,
    };

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, int[]> _shapes;

    public RandomCodec(string form)
    {
        File.WriteAllText(System.IO.Path.Combine(Path, "config.json"), Forms[form]);
        var config = ConfigObject.Parse(Forms[form], "config.json").Build(PublishedCodecConfigReader.Read);
        var kind = ConfigObject.Parse(Forms[form], "config.json").String("model_type");
        var asked = new RequestedWeights(hasOptional: false);
        _ = new CodecModel(config, PublishedCodecConfigReader.Names(kind, config, asked));
        _shapes = asked.Shapes;
        Write();
    }

    public string Path => _folder;

    /// <summary>The published names.</summary>
    public IEnumerable<string> Names => _shapes.Keys;

    /// <summary>Writes the weights without one of them, and with an extra one.</summary>
    public void Write(string? without = null, string? with = null)
    {
        var random = new Random(7);
        var tensors = _shapes.Select(pair =>
        {
            var numbers = new float[pair.Value.Aggregate(1, (product, size) => product * size)];
            var spread = pair.Key.Contains("codebook", StringComparison.Ordinal) ? 0.3f : pair.Value.Length == 1 ? 0.2f : 2f / MathF.Sqrt(numbers.Length / pair.Value[0]);
            foreach (ref var number in numbers.AsSpan()) number = spread * (float)(2 * random.NextDouble() - 1);
            if (pair.Key.EndsWith("cluster_usage", StringComparison.Ordinal) || pair.Key.EndsWith("weight_g", StringComparison.Ordinal) || pair.Key.EndsWith("alpha", StringComparison.Ordinal) || pair.Key.EndsWith("norm.weight", StringComparison.Ordinal))
                foreach (ref var number in numbers.AsSpan()) number = 0.5f + Math.Abs(number);
            return NewTensor.Floats(pair.Key, [.. pair.Value.Select(size => (long)size)], numbers);
        }).Where(tensor => tensor.Name != without).ToList();
        if (with is not null) tensors.Add(NewTensor.Floats(with, [1], new float[1]));
        SafetensorsWriter.Write(System.IO.Path.Combine(Path, "model.safetensors"), tensors);
    }

    public void Dispose() => _folder.Dispose();
}

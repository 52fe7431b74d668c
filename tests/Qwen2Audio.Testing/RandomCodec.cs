using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Model;
using Qwen2Audio.Model.Codec;

namespace Qwen2Audio.Testing;

/// <summary>A small codec with random weights in a temporary folder.</summary>
public sealed class RandomCodec : IDisposable
{
    /// <summary>Our codec, in 100 frames of 80 samples a second, with three codebooks of 16 entries.</summary>
    public const string Ours = "ours";

    private const string OursConfig = """
        {"model_type": "frame_codec", "sampling_rate": 8000, "frame_rate": 100, "sub_frames": 2, "analysis_window": 128, "mel_bins": 8, "spectrum_bins": 0, "synthesis_window": 120,
         "encoder_width": 12, "encoder_inner": 16, "encoder_blocks": 2, "decoder_width": 12, "decoder_inner": 16, "decoder_blocks": 2, "dimension": 6, "books": 3, "entries": 16}
        """;

    /// <summary>Published codecs.</summary>
    public static readonly IReadOnlyDictionary<string, string> Forms = new Dictionary<string, string>
    {
        ["EnCodec"] = """
            {"model_type": "encodec", "sampling_rate": 8000, "num_filters": 4, "hidden_size": 8, "codebook_size": 16, "upsampling_ratios": [5, 4, 2],
             "target_bandwidths": [0.8, 2.4]}
            """,
        ["EnCodec with other options"] = """
            {"model_type": "encodec", "sampling_rate": 8000, "audio_channels": 2, "num_filters": 6, "hidden_size": 8, "codebook_size": 16,
             "upsampling_ratios": [4, 3], "target_bandwidths": [10.0], "num_residual_layers": 2, "num_lstm_layers": 3, "pad_mode": "replicate",
             "trim_right_ratio": 0.5, "use_conv_shortcut": false, "compress": 3, "last_kernel_size": 5, "normalize": true}
            """,
        ["EnCodec in chunks"] = """
            {"model_type": "encodec", "sampling_rate": 8000, "audio_channels": 2, "num_filters": 4, "hidden_size": 8, "codebook_size": 16,
             "upsampling_ratios": [5, 4], "target_bandwidths": [3.2], "norm_type": "time_group_norm", "use_causal_conv": false, "normalize": true,
             "chunk_length_s": 0.025, "overlap": 0.1}
            """,
        ["EnCodec, norms over the whole sound"] = """
            {"model_type": "encodec", "sampling_rate": 8000, "num_filters": 4, "hidden_size": 8, "codebook_size": 16, "upsampling_ratios": [5, 4],
             "target_bandwidths": [3.2], "norm_type": "time_group_norm", "use_causal_conv": false}
            """,
        ["DAC"] = """
            {"model_type": "dac", "sampling_rate": 8000, "encoder_hidden_size": 4, "decoder_hidden_size": 16, "downsampling_ratios": [2, 5],
             "n_codebooks": 3, "codebook_size": 16, "codebook_dim": 4}
            """,
        ["Mimi"] = """
            {"model_type": "mimi", "sampling_rate": 8000, "num_filters": 4, "hidden_size": 16, "codebook_size": 16, "upsampling_ratios": [5, 4],
             "num_quantizers": 4, "vector_quantization_hidden_dimension": 6, "codebook_dim": 6, "upsample_groups": 16, "num_hidden_layers": 2,
             "num_attention_heads": 4, "num_key_value_heads": 4, "intermediate_size": 24, "sliding_window": 5}
            """,
        ["Mimi with other options"] = """
            {"model_type": "mimi", "sampling_rate": 8000, "num_filters": 4, "hidden_size": 16, "codebook_size": 16, "upsampling_ratios": [5, 4],
             "num_quantizers": 5, "num_semantic_quantizers": 2, "vector_quantization_hidden_dimension": 16, "codebook_dim": null, "upsample_groups": 4,
             "num_hidden_layers": 1, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 6, "intermediate_size": 24, "sliding_window": 5,
             "attention_bias": true, "use_conv_shortcut": true, "num_residual_layers": 2, "hidden_act": "silu", "frame_rate": 120.0}
            """,
    };

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, int[]> _shapes;
    private readonly bool _isOurs;
    private readonly int _seed;

    /// <summary>Writes a codec of one of the <see cref="Forms"/>, or <see cref="Ours"/>.</summary>
    public RandomCodec(string form, int seed = 7)
    {
        var text = form == Ours ? OursConfig : Forms[form];
        File.WriteAllText(System.IO.Path.Combine(Path, "config.json"), text);
        var asked = new RequestedWeights(hasOptional: false);
        if (form == Ours)
        {
            using var source = ModelSource.Open(Path);
            _ = new FrameCodecModel(source.Description.FrameCodec!, asked);
        }
        else
        {
            var config = ConfigObject.Parse(text, "config.json").Build(PublishedCodecConfigReader.Read);
            _ = new CodecModel(config, PublishedCodecConfigReader.Names(ConfigObject.Parse(text, "config.json").String("model_type"), config, asked));
        }

        (_isOurs, _seed) = (form == Ours, seed);
        _shapes = asked.Shapes;
        Write();
    }

    /// <summary>The folder.</summary>
    public string Path => _folder;

    /// <summary>The published names.</summary>
    public IEnumerable<string> Names => _shapes.Keys;

    /// <summary>Writes the weights without one of them, and with an extra one.</summary>
    public void Write(string? without = null, string? with = null)
    {
        var random = new Random(_seed);
        var tensors = _shapes.Select(pair =>
        {
            var numbers = new float[pair.Value.Aggregate(1, (product, size) => product * size)];
            var spread = pair.Key.Contains("codebook", StringComparison.Ordinal) ? _isOurs ? 1 : 0.3f : pair.Value.Length == 1 ? 0.2f : 2f / MathF.Sqrt(numbers.Length / pair.Value[0]);
            foreach (ref var number in numbers.AsSpan()) number = spread * (float)(2 * random.NextDouble() - 1);
            if (_isOurs)
            {
                if (pair.Key.EndsWith("norm.weight", StringComparison.Ordinal) || pair.Key.EndsWith("scale", StringComparison.Ordinal))
                    foreach (ref var number in numbers.AsSpan()) number += 1;
            }
            else if (pair.Key.EndsWith("cluster_usage", StringComparison.Ordinal) || pair.Key.EndsWith("weight_g", StringComparison.Ordinal) || pair.Key.EndsWith("alpha", StringComparison.Ordinal) || pair.Key.EndsWith("norm.weight", StringComparison.Ordinal))
                foreach (ref var number in numbers.AsSpan()) number = 0.5f + Math.Abs(number);
            return NewTensor.Floats(pair.Key, [.. pair.Value.Select(size => (long)size)], numbers);
        }).Where(tensor => tensor.Name != without).ToList();
        if (with is not null) tensors.Add(NewTensor.Floats(with, [1], new float[1]));
        SafetensorsWriter.Write(System.IO.Path.Combine(Path, "model.safetensors"), tensors);
    }

    public void Dispose() => _folder.Dispose();
}

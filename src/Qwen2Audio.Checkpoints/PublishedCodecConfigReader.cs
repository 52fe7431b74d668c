using System.Numerics;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Model.Codec;
using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Checkpoints;

/// <summary>
/// config.json of a published codec → <see cref="CodecConfig"/>. Missing fields take the reference's defaults (transformers 4.57); unsupported
/// settings that would change the computation are refused, all of a file at once.
/// </summary>
public static class PublishedCodecConfigReader
{
    private const int MaxWidth = 1 << 16;
    private const int MaxKernel = 1 << 12;

    /// <summary>Reads a codec of any of <see cref="ModelKinds.PublishedCodecs"/>.</summary>
    /// <exception cref="ConfigException">Another model_type, fields of the wrong type or range, or unsupported settings.</exception>
    public static CodecConfig Read(ConfigObject json)
    {
        var config = json.String("model_type", [.. ModelKinds.PublishedCodecs]) switch
        {
            ModelKinds.Dac => Dac(json),
            ModelKinds.Mimi => Mimi(json),
            _ => Encodec(json),
        };
        json.ThrowIfBad();
        return config;
    }

    /// <summary>The codec's weights by the model's names, read from those of the published folder.</summary>
    public static IWeights Names(string kind, CodecConfig config, IWeights published) =>
        kind == ModelKinds.Dac ? new DacWeights(published) : new SeanetWeights(config, published);

    private static CodecConfig Encodec(ConfigObject json)
    {
        var seanet = Seanet(json, 128, 32, 7, "reflect", shortcut: true);
        var norm = json.StringOr("norm_type", "weight_norm", "weight_norm", "time_group_norm");
        if (norm == "time_group_norm" && seanet.Padding == CodecPadding.Causal)
            json.Warn("norm_type", "time_group_norm: although convolutions are causal, this norm makes every frame depend on the whole recording");
        var rate = seanet.SamplingRate;
        var frames = (rate + seanet.Hop - 1) / seanet.Hop;
        var entries = Entries(json, 1024);
        var bits = BitOperations.Log2((uint)entries);
        var kilobits = json.NumberListOr("target_bandwidths", [1.5, 3, 6, 12, 24]);
        if (kilobits.Count == 0 || kilobits.Any(bandwidth => bandwidth is not (> 0 and <= 1e4)))
            json.AddProblem("target_bandwidths", string.Join(", ", kilobits), "at least one number, each above 0 and at most 10000");
        var stages = Math.Max(0, kilobits.Count == 0 ? 1 : (int)Math.Min(1000 * kilobits[^1] / ((double)frames * bits), 1 << 16));
        if (stages is < 1 or > 1 << 10) json.AddProblem("target_bandwidths", $"{kilobits[^1]} at the end, which is {stages} codebooks", "1…1024 codebooks");
        return seanet with
        {
            WeightNorm = norm == "weight_norm",
            SequenceNorm = norm == "time_group_norm",
            LstmLayers = json.IntOr("num_lstm_layers", 2, min: 1, max: 16),
            Entries = entries,
            EntryDimension = Same(json, "codebook_dim", seanet.Dimension, "hidden_size"),
            Stages = stages,
            Normalise = json.BoolOr("normalize", false),
            Chunks = Chunks(json, rate),
            Bandwidths = [.. kilobits.Select(bandwidth => (bandwidth, Math.Clamp((int)(bandwidth * 1000 / ((double)bits * frames)), 1, Math.Max(1, stages))))],
        };
    }

    private static CodecConfig Mimi(ConfigObject json)
    {
        var seanet = Seanet(json, 512, 64, 3, "constant", shortcut: false) with { Strides = Strides(json, [8, 6, 5, 4]) };
        var width = seanet.Dimension;
        var stages = json.IntOr("num_quantizers", 32, min: 2, max: 1 << 10);
        var semantic = json.IntOr("num_semantic_quantizers", 1, min: 1, max: 1 << 10);
        if (semantic >= stages) json.AddProblem("num_semantic_quantizers", Text(semantic), $"fewer than num_quantizers ({stages})");
        var dim = json.IntOr("vector_quantization_hidden_dimension", 256, min: 1, max: MaxWidth);
        if (json.IntOr("codebook_dim", dim, min: 1, max: MaxWidth) is var entryWidth && entryWidth != dim)
            json.AddProblem("codebook_dim", Text(entryWidth), $"vector_quantization_hidden_dimension ({dim})");
        if (json.BoolOr("use_streaming", false)) json.AddProblem("use_streaming", "true", "false (an incomplete last frame is encoded, not held back)");
        var groups = json.IntOr("upsample_groups", 512, min: 1, max: MaxWidth);
        if (width % groups != 0) json.AddProblem("upsample_groups", Text(groups), $"a divisor of hidden_size ({width})");
        return seanet with
        {
            Entries = Entries(json, 2048),
            EntryDimension = dim,
            Quantiser = QuantiserKind.Split,
            Stages = stages,
            SemanticStages = semantic,
            Transformer = Transformer(json, width),
            FrameKernel = FrameKernel(json, seanet),
            FrameGroups = groups,
        };
    }

    private static CodecConfig Dac(ConfigObject json)
    {
        var strides = json.IntListOr("downsampling_ratios", [2, 4, 8, 8], min: 1, max: MaxWidth);
        CheckStrides(json, "downsampling_ratios", strides);
        var up = json.IntListOr("upsampling_ratios", [.. strides.Reverse()], min: 1, max: MaxWidth);
        if (!up.SequenceEqual(strides.Reverse())) json.AddProblem("upsampling_ratios", string.Join(", ", up), "downsampling_ratios in reverse order");
        var channels = json.IntOr("encoder_hidden_size", 64, min: 1, max: 1 << 14);
        var decoderChannels = json.IntOr("decoder_hidden_size", 1536, min: 1, max: MaxWidth);
        if (decoderChannels % (1 << Math.Min(16, strides.Count)) != 0)
            json.AddProblem("decoder_hidden_size", Text(decoderChannels), $"a multiple of {1 << Math.Min(16, strides.Count)}, since each of the {strides.Count} stages halves it");
        var config = new CodecConfig
        {
            SamplingRate = json.IntOr("sampling_rate", 16_000, min: 1, max: 1 << 20),
            Channels = channels,
            DecoderChannels = decoderChannels,
            Kernel = 7,
            LastKernel = 3,
            DecoderLastKernel = 7,
            Strides = strides,
            ResidualUnits = 3,
            ResidualKernel = 7,
            DilationBase = 3,
            Compress = 1,
            Dimension = json.IntOr("hidden_size", (int)Math.Min(MaxWidth, (long)channels << Math.Min(16, strides.Count)), min: 1, max: MaxWidth),
            Quantiser = QuantiserKind.Factorised,
            EntryDimension = json.IntOr("codebook_dim", 8, min: 1, max: MaxWidth),
            Stages = json.IntOr("n_codebooks", 9, min: 1, max: 1 << 10),
            Entries = Entries(json, 1024),
            Activation = CodecActivation.Snake,
            Padding = CodecPadding.Even,
            FinalTanh = true,
        };
        if (json.Has("hop_length") && json.Int("hop_length", min: 1) is var hop && strides.Count > 0 && hop != config.Hop)
            json.AddProblem("hop_length", Text(hop), $"the product of downsampling_ratios ({config.Hop})");
        return config;
    }

    /// <summary>The common part of EnCodec and Mimi, with their different defaults.</summary>
    private static CodecConfig Seanet(ConfigObject json, int width, int filters, int lastKernel, string padMode, bool shortcut)
    {
        var strides = Strides(json, [8, 5, 4, 2]);
        var channels = json.IntOr("num_filters", filters, min: 1, max: 1 << 14);
        var compress = json.IntOr("compress", 2, min: 1, max: 1 << 14);
        if (compress > channels) json.AddProblem("compress", Text(compress), $"at most num_filters ({channels})");
        var causal = json.BoolOr("use_causal_conv", true);
        var trim = json.NumberOr("trim_right_ratio", 1, min: 0, max: 1);
        if (!causal && trim < 1) json.AddProblem("trim_right_ratio", $"{trim}", "1 without use_causal_conv");
        var mode = json.StringOr("pad_mode", padMode, "constant", "reflect", "replicate");
        return new CodecConfig
        {
            SamplingRate = json.IntOr("sampling_rate", 24_000, min: 1, max: 1 << 20),
            AudioChannels = json.IntOr("audio_channels", 1, min: 1, max: 2),
            Channels = channels,
            Kernel = json.IntOr("kernel_size", 7, min: 1, max: MaxKernel),
            LastKernel = json.IntOr("last_kernel_size", lastKernel, min: 1, max: MaxKernel),
            Strides = strides,
            ResidualUnits = json.IntOr("num_residual_layers", 1, min: 0, max: 16),
            ResidualKernel = json.IntOr("residual_kernel_size", 3, min: 1, max: MaxKernel),
            DilationBase = json.IntOr("dilation_growth_rate", 2, min: 1, max: 16),
            Compress = compress,
            Dimension = json.IntOr("hidden_size", width, min: 1, max: MaxWidth),
            Stages = 1,
            Entries = 1,
            Padding = causal ? CodecPadding.Causal : CodecPadding.Centred,
            PadMode = mode switch { "reflect" => PadMode.Reflect, "replicate" => PadMode.Replicate, _ => PadMode.Zeros },
            TrimRightRatio = trim,
            ConvShortcut = json.BoolOr("use_conv_shortcut", shortcut),
        };
    }

    private static CodecTransformerConfig Transformer(ConfigObject json, int width)
    {
        var heads = json.IntOr("num_attention_heads", 8, min: 1, max: MaxWidth);
        var kvHeads = json.IntOr("num_key_value_heads", 8, min: 1, max: MaxWidth);
        if (width % heads != 0) json.AddProblem("num_attention_heads", Text(heads), $"a divisor of hidden_size ({width})");
        if (heads % kvHeads != 0) json.AddProblem("num_key_value_heads", Text(kvHeads), $"a divisor of num_attention_heads ({heads})");
        var headDim = json.IntOr("head_dim", Math.Max(1, width / heads), min: 1, max: MaxWidth);
        if (headDim % 2 != 0) json.AddProblem("head_dim", Text(headDim), "an even number, since rotary positions rotate pairs");
        foreach (var name in new[] { "rope_scaling", "rope_parameters" })
        {
            if (json.ObjectOrNull(name) is not { } scaling) continue;
            if (scaling.StringOr("rope_type", scaling.StringOr("type", "default")) is var type and not "default") scaling.AddProblem("rope_type", type, "default");
            if (scaling.NumberOr("partial_rotary_factor", 1) is var share and not 1) scaling.AddProblem("partial_rotary_factor", $"{share}", "1");
        }

        var inner = json.ObjectOrNull("rope_parameters");
        return new CodecTransformerConfig
        {
            Layers = json.IntOr("num_hidden_layers", 8, min: 0, max: 1 << 10),
            Heads = heads,
            KvHeads = kvHeads,
            HeadDim = headDim,
            Inner = json.IntOr("intermediate_size", 2048, min: 1, max: 1 << 20),
            Window = json.IntOr("sliding_window", 250, min: 1),
            NormEps = json.NumberOr("norm_eps", 1e-5, min: 1e-30, max: 1),
            RopeTheta = (inner?.Has("rope_theta") == true ? inner : json).NumberOr("rope_theta", 10_000, min: 1, max: 1e12),
            AttentionBias = json.BoolOr("attention_bias", false),
            Activation = json.StringOr("hidden_act", "gelu", "gelu", "relu", "silu", "swish") switch
            {
                "relu" => Activation.Relu,
                "silu" or "swish" => Activation.Silu,
                _ => Activation.Gelu,
            },
        };
    }

    /// <summary>Frames are halved by a convolution with 2 · ⌊row rate / frame rate⌋ taps, whatever the quotient is.</summary>
    private static int FrameKernel(ConfigObject json, CodecConfig seanet)
    {
        var name = json.Has("frame_rate") ? "frame_rate" : "_frame_rate";
        var rows = (seanet.SamplingRate + seanet.Hop - 1) / seanet.Hop;
        var frames = json.NumberOr(name, seanet.SamplingRate / (2.0 * seanet.Hop), min: 1e-3, max: 1e6);
        var quotient = (int)Math.Min(1 << 10, rows / frames);
        if (frames == rows || quotient < 1) json.AddProblem(name, $"{frames}", $"less than the {rows} rows per second that enter the quantiser, which are halved");
        return 2 * Math.Max(1, quotient);
    }

    private static CodecChunks? Chunks(ConfigObject json, int rate)
    {
        if (!json.Has("chunk_length_s")) return null;
        var seconds = json.Number("chunk_length_s", min: 1e-6, max: 1e5);
        var length = (int)Math.Min(int.MaxValue, seconds * rate);
        if (length < 1) json.AddProblem("chunk_length_s", $"{seconds}", $"at least one sample, at {rate} Hz");
        if (!json.Has("overlap")) json.AddProblem("overlap", "nothing", "0 ≤ overlap < 1, since chunk_length_s is set");
        var overlap = json.NumberOr("overlap", 0, min: 0, max: 1);
        return new CodecChunks(length, Math.Max(1, (int)((1 - overlap) * length)));
    }

    private static int Entries(ConfigObject json, int otherwise)
    {
        var entries = json.IntOr("codebook_size", otherwise, min: 2, max: 1 << 20);
        if (!BitOperations.IsPow2(entries)) json.AddProblem("codebook_size", Text(entries), "a power of 2");
        return entries;
    }

    private static int Same(ConfigObject json, string name, int other, string otherName)
    {
        if (json.IntOr(name, other, min: 1, max: MaxWidth) is var value && value != other) json.AddProblem(name, Text(value), $"{otherName} ({other})");
        return other;
    }

    private static IReadOnlyList<int> Strides(ConfigObject json, IReadOnlyList<int> otherwise)
    {
        var up = json.IntListOr("upsampling_ratios", otherwise, min: 1, max: MaxWidth);
        CheckStrides(json, "upsampling_ratios", up);
        return [.. up.Reverse()];
    }

    private static void CheckStrides(ConfigObject json, string name, IReadOnlyList<int> strides)
    {
        if (strides.Count is 0 or > 12) json.AddProblem(name, $"{strides.Count} numbers", "1…12 numbers");
        if (strides.Aggregate(1.0, (product, stride) => product * stride) > 1 << 24) json.AddProblem(name, string.Join(", ", strides), "numbers whose product is at most 16777216");
        json.ThrowIfBad(); // the sizes are multiplied below
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}

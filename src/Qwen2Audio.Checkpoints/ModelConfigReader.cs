using System.Text.Json;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Model;
using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Qwen2;

namespace Qwen2Audio.Checkpoints;

/// <summary>
/// config.json → the models' config records. Missing fields take the reference's defaults (transformers 4.57), in older and newer
/// spellings; unsupported settings that would change the computation are refused. <see cref="ConfigObject.ThrowIfBad"/> lists all
/// problems of a file.
/// </summary>
public static class ModelConfigReader
{
    /// <summary>Reads a text model, "qwen2" or "qwen2_moe".</summary>
    public static Qwen2Config ReadQwen2(ConfigObject json)
    {
        var config = Decoder(json, json.StringOr("model_type", ModelKinds.Qwen2));
        json.ThrowIfBad();
        return config;
    }

    /// <summary>Reads "qwen2_audio" or "qwen2_audio_ctc".</summary>
    public static Qwen2AudioConfig ReadQwen2Audio(ConfigObject json)
    {
        var text = json.Object("text_config");
        var audio = json.Object("audio_config");
        var decoder = Decoder(text, text.StringOr("model_type", ModelKinds.Qwen2));
        var config = new Qwen2AudioConfig
        {
            AudioConfig = Encoder(audio),
            TextConfig = decoder,
            AudioTokenIndex = json.IntOr("audio_token_index", json.IntOr("audio_token_id", 151646, min: 0), min: 0),
        };
        if (config.AudioTokenIndex >= decoder.VocabSize)
            json.AddProblem("audio_token_index", $"{config.AudioTokenIndex}", $"an id below vocab_size ({decoder.VocabSize})");
        if (json.StringOr("model_type", "") == ModelKinds.Qwen2AudioCtc) config = SynthesisConfigFile.Read(json, config);
        json.ThrowIfBad();
        return config;
    }

    /// <summary>eos_token_id of config.json, or of its text_config: one or more ids; empty if it names none.</summary>
    public static IReadOnlyList<int> EndTokens(ConfigObject json) => json.Build(config =>
    {
        const string name = "eos_token_id";
        if (config.Has(name) || config.ObjectOrNull("text_config") is not { } text) return TokenIds(config, name);
        return TokenIds(text, name);
    });

    /// <summary>Token ids, one or more; negative ones are reported and left out.</summary>
    internal static IReadOnlyList<int> TokenIds(ConfigObject json, string name)
    {
        var ids = json.IntOrListOr(name, []);
        List<int> negative = [.. ids.Where(id => id < 0)];
        if (negative.Count == 0) return ids;
        json.Warn(name, $"{Shown(negative)}: no token has a negative id, so it has no effect");
        return [.. ids.Except(negative)];
    }

    private static Qwen2Config Decoder(ConfigObject json, string kind)
    {
        var defaults = kind == ModelKinds.Qwen2Moe ? Qwen2MoeDefaults : Qwen2Defaults;
        if (kind is not (ModelKinds.Qwen2 or ModelKinds.Qwen2Moe))
            json.AddProblem("model_type", kind, $"{ModelKinds.Qwen2}, {ModelKinds.Qwen2Moe}");
        if (json.StringOr("hidden_act", "silu") is var activation and not ("silu" or "swish")) json.AddProblem("hidden_act", activation, "silu, or swish (the same)");
        var hidden = json.IntOr("hidden_size", defaults.HiddenSize, min: 1);
        var heads = json.IntOr("num_attention_heads", defaults.Heads, min: 1);
        var keys = json.IntOr("num_key_value_heads", IsNull(json, "num_key_value_heads") ? heads : defaults.KvHeads, min: 1);
        Divides(json, "hidden_size", hidden, 2L * heads, "a multiple of 2 × num_attention_heads");
        Divides(json, "num_attention_heads", heads, keys, "a multiple of num_key_value_heads");
        var layers = json.IntOr("num_hidden_layers", defaults.Layers, min: 1);
        UnsupportedSettings.Check(json, hidden / heads);
        var (window, windowLayers) = UnsupportedSettings.SlidingWindow(json, layers);
        return new Qwen2Config
        {
            VocabSize = json.IntOr("vocab_size", defaults.VocabSize, min: 1),
            HiddenSize = hidden,
            IntermediateSize = json.IntOr("intermediate_size", defaults.IntermediateSize, min: 1),
            NumHiddenLayers = layers,
            NumAttentionHeads = heads,
            NumKeyValueHeads = keys,
            RmsNormEps = json.NumberOr("rms_norm_eps", 1e-6, min: 1e-30, max: 1),
            RopeTheta = RopeTheta(json),
            Yarn = Yarn(json),
            MaxPositionEmbeddings = json.IntOr("max_position_embeddings", 32768, min: 1),
            TieWordEmbeddings = json.BoolOr("tie_word_embeddings", false),
            SlidingWindow = window,
            MaxWindowLayers = windowLayers,
            QkvBias = json.BoolOr("qkv_bias", true),
            Moe = kind == ModelKinds.Qwen2Moe ? Experts(json, layers) : null,
        };
    }

    private static Qwen2MoeConfig? Experts(ConfigObject json, int layers)
    {
        var experts = json.IntOr("num_experts", 60, min: 0);
        if (experts == 0)
        {
            json.Warn("num_experts", "0: all layers are dense");
            return null;
        }

        var active = json.IntOr("num_experts_per_tok", 4, min: 1);
        if (active > experts) json.AddProblem("num_experts_per_tok", $"{active}", $"at most num_experts ({experts})");
        var dense = json.IntListOr("mlp_only_layers", []);
        List<int> outside = [.. dense.Where(layer => layer < 0 || layer >= layers)];
        if (outside.Count > 0) json.Warn("mlp_only_layers", $"{Shown(outside)}: there are no such layers, so they have no effect; the layers are 0…{layers - 1}");
        return new Qwen2MoeConfig
        {
            NumExperts = experts,
            NumExpertsPerTok = active,
            MoeIntermediateSize = json.IntOr("moe_intermediate_size", 1408, min: 1),
            SharedExpertIntermediateSize = json.IntOr("shared_expert_intermediate_size", 5632, min: 0),
            NormTopkProb = json.BoolOr("norm_topk_prob", false),
            DecoderSparseStep = json.IntOr("decoder_sparse_step", 1, min: 1),
            MlpOnlyLayers = outside.Count == 0 ? dense : [.. dense.Except(outside)],
            RouterAuxLossCoef = json.NumberOr("router_aux_loss_coef", 0.001, min: 0, max: 1e6),
        };
    }

    private static string Shown(List<int> numbers) => string.Join(", ", numbers.Take(8)) + (numbers.Count > 8 ? ", …" : "");

    private static AudioEncoderConfig Encoder(ConfigObject json)
    {
        var activation = json.StringOr("activation_function", "gelu");
        if (activation is not ("gelu" or "relu" or "silu" or "swish")) json.AddProblem("activation_function", activation, "gelu, relu, silu");
        if (json.BoolOr("scale_embedding", false)) json.AddProblem("scale_embedding", "true", "false");
        var positions = json.StringOr("position_embedding_type", "learned");
        if (positions is not ("learned" or "rotary")) json.AddProblem("position_embedding_type", positions, "learned, rotary");
        var width = json.IntOr("d_model", 1280, min: 1);
        var heads = json.IntOr("encoder_attention_heads", 20, min: 1);
        Divides(json, "d_model", width, positions == "rotary" ? 2L * heads : heads, "a multiple of encoder_attention_heads (twice that with rotary positions)");
        var layers = json.IntOr("encoder_layers", 32, min: 1);
        var (stride1, stride2) = (json.IntOr("conv1_stride", 1, min: 1), json.IntOr("conv2_stride", 2, min: 1));
        var chunk = json.IntOr("chunk_rows", 0, min: 0);
        if (chunk % 2 != 0) json.AddProblem("chunk_rows", $"{chunk}", "an even number, or 0 for none");
        if (chunk > 0 && (stride1 != 2 || stride2 != 2))
            json.AddProblem("chunk_rows", $"{chunk} with strides {stride1} and {stride2}", "chunks with conv1_stride and conv2_stride 2, which need no frames after a chunk");
        var longest = json.IntOr("max_source_positions", 1500, min: 1);
        if (2L * chunk > longest) json.AddProblem("chunk_rows", $"{chunk}", $"at most half of max_source_positions ({longest})");
        return new AudioEncoderConfig
        {
            NumMelBins = json.IntOr("num_mel_bins", 128, min: 1),
            DModel = width,
            EncoderLayers = layers,
            EncoderAttentionHeads = heads,
            EncoderFfnDim = json.IntOr("encoder_ffn_dim", 5120, min: 1),
            MaxSourcePositions = longest,
            ActivationFunction = activation switch { "relu" => Activation.Relu, "silu" or "swish" => Activation.Silu, _ => Activation.Gelu },
            Conv1Stride = stride1,
            Conv2Stride = stride2,
            ConvLayerNorm = json.BoolOr("conv_layer_norm", false),
            TimeKernelSize = json.IntOr("time_kernel_size", 0, min: 0),
            RotaryPositions = positions == "rotary",
            CtcVocabSize = json.IntOr("ctc_vocab_size", 0, min: 0),
            PhoneVocabSize = json.IntOr("phone_vocab_size", 0, min: 0),
            PhoneLayers = json.IntOr("phone_layers", 0, min: 0, max: layers),
            ChunkRows = chunk,
            LeftChunks = json.IntOr("left_chunks", 0, min: 0),
        };
    }

    /// <summary>rope_parameters.rope_theta in newer files, else rope_theta.</summary>
    private static double RopeTheta(ConfigObject json)
    {
        // the inner value has priority; partly converted files have only the outer one
        var inner = json.ObjectOrNull("rope_parameters");
        return (inner?.Has("rope_theta") == true ? inner : json).NumberOr("rope_theta", 10_000, min: 1, max: 1e12);
    }

    /// <summary>rope_scaling, or rope_parameters in newer files: none or YaRN.</summary>
    private static YarnSpec? Yarn(ConfigObject json)
    {
        YarnSpec? yarn = null;
        foreach (var name in new[] { "rope_scaling", "rope_parameters" })
        {
            if (!json.Has(name)) continue;
            var scaling = json.Object(name);
            switch (scaling.StringOr("rope_type", scaling.StringOr("type", "default")))
            {
                case "default": break;
                case "yarn": yarn = ReadYarn(scaling, json.IntOr("max_position_embeddings", 32768, min: 1)); break;
                case var type: scaling.AddProblem("rope_type", type, "default, yarn"); break;
            }
        }

        return yarn;
    }

    private static YarnSpec ReadYarn(ConfigObject scaling, int positions)
    {
        var factor = scaling.Number("factor", min: 1e-6, max: 1e6);
        if (factor < 1) scaling.Warn("factor", $"{factor}: a factor below 1 shortens the context");
        double Scale(double by) => factor <= 1 ? 1 : 0.1 * by * Math.Log(factor) + 1;
        // both or neither have effect, as in transformers
        var (scale, all) = (scaling.NumberOr("mscale", 0, min: 0, max: 1e3), scaling.NumberOr("mscale_all_dim", 0, min: 0, max: 1e3));
        var attention = scaling.NumberOr("attention_factor", scale > 0 && all > 0 ? Scale(scale) / Scale(all) : Scale(1), min: 0, max: 1e3);
        return new YarnSpec(
            factor, scaling.IntOr("original_max_position_embeddings", positions, min: 1), scaling.NumberOr("beta_fast", 32, min: 0, max: 1e6),
            scaling.NumberOr("beta_slow", 1, min: 0, max: 1e6), attention, scaling.BoolOr("truncate", true));
    }

    /// <summary>Whether the field is null, which the reference does not treat as absent here: it means as many as there are query heads.</summary>
    private static bool IsNull(ConfigObject json, string name) =>
        json.Element.ValueKind == JsonValueKind.Object && json.Element.TryGetProperty(name, out var given) && given.ValueKind == JsonValueKind.Null;

    private static void Divides(ConfigObject json, string name, int value, long divisor, string allowed)
    {
        if (divisor > 0 && value % divisor != 0) json.AddProblem(name, $"{value}", $"{allowed} ({divisor})");
    }

    private static readonly TextDefaults Qwen2Defaults = new(151_936, 4096, 22_016, 32, 32, 32);

    private static readonly TextDefaults Qwen2MoeDefaults = new(151_936, 2048, 5632, 24, 16, 16);

    private sealed record TextDefaults(int VocabSize, int HiddenSize, int IntermediateSize, int Layers, int Heads, int KvHeads);
}

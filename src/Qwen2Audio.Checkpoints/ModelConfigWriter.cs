using System.Text.Json.Nodes;
using Qwen2Audio.Model;
using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Qwen2;

namespace Qwen2Audio.Checkpoints;

/// <summary>Writes config.json with the published field names, so that <see cref="ModelConfigReader"/> reads the same configuration back.</summary>
public static class ModelConfigWriter
{
    /// <summary>config.json of a Qwen2 or Qwen2-MoE model.</summary>
    public static JsonObject Write(Qwen2Config config)
    {
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray(config.Moe is null ? "Qwen2ForCausalLM" : "Qwen2MoeForCausalLM"),
            ["model_type"] = config.Moe is null ? "qwen2" : "qwen2_moe",
            ["vocab_size"] = config.VocabSize,
            ["hidden_size"] = config.HiddenSize,
            ["intermediate_size"] = config.IntermediateSize,
            ["num_hidden_layers"] = config.NumHiddenLayers,
            ["num_attention_heads"] = config.NumAttentionHeads,
            ["num_key_value_heads"] = config.NumKeyValueHeads,
            ["hidden_act"] = "silu",
            ["rms_norm_eps"] = config.RmsNormEps,
            ["rope_theta"] = config.RopeTheta,
            ["rope_scaling"] = config.Yarn is not { } yarn ? null : new JsonObject
            {
                ["rope_type"] = "yarn",
                ["factor"] = yarn.Factor,
                ["original_max_position_embeddings"] = yarn.OriginalPositions,
                ["beta_fast"] = yarn.BetaFast,
                ["beta_slow"] = yarn.BetaSlow,
                ["attention_factor"] = yarn.AttentionFactor,
                ["truncate"] = yarn.Truncate,
            },
            ["max_position_embeddings"] = config.MaxPositionEmbeddings,
            ["tie_word_embeddings"] = config.TieWordEmbeddings,
            ["use_sliding_window"] = config.SlidingWindow > 0,
            ["sliding_window"] = config.SlidingWindow > 0 ? config.SlidingWindow : null,
            ["max_window_layers"] = config.MaxWindowLayers,
            ["qkv_bias"] = config.QkvBias,
        };
        if (config.Moe is not { } moe) return json;
        json["num_experts"] = moe.NumExperts;
        json["num_experts_per_tok"] = moe.NumExpertsPerTok;
        json["moe_intermediate_size"] = moe.MoeIntermediateSize;
        json["shared_expert_intermediate_size"] = moe.SharedExpertIntermediateSize;
        json["norm_topk_prob"] = moe.NormTopkProb;
        json["decoder_sparse_step"] = moe.DecoderSparseStep;
        json["mlp_only_layers"] = new JsonArray([.. moe.MlpOnlyLayers.Select(layer => (JsonNode)layer)]);
        json["router_aux_loss_coef"] = moe.RouterAuxLossCoef;
        return json;
    }

    /// <summary>config.json of a Qwen2-Audio model, published or small.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="kind">"qwen2_audio", or "qwen2_audio_ctc" for the small models and their additions.</param>
    /// <exception cref="ArgumentException">Another kind, or "qwen2_audio" with parts that the published form does not have.</exception>
    public static JsonObject Write(Qwen2AudioConfig config, string kind)
    {
        var small = kind == ModelKinds.Qwen2AudioCtc;
        if (!small && kind != ModelKinds.Qwen2Audio)
            throw new ArgumentException($"\"{kind}\" is not a kind of audio model; allowed: {ModelKinds.Qwen2Audio}, {ModelKinds.Qwen2AudioCtc}.", nameof(kind));
        if (!small && (config.Synthesis is not null || Published(config.AudioConfig) != config.AudioConfig))
            throw new ArgumentException($"The model has parts that {ModelKinds.Qwen2Audio} does not have; its kind is {ModelKinds.Qwen2AudioCtc}.", nameof(kind));
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray(small ? "Qwen2AudioCtcForConditionalGeneration" : "Qwen2AudioForConditionalGeneration"),
            ["model_type"] = kind,
            ["audio_token_index"] = config.AudioTokenIndex,
            ["audio_config"] = Write(config.AudioConfig, small),
            ["text_config"] = Write(config.TextConfig),
        };
        if (config.Synthesis is { } synthesis) json[SynthesisConfigFile.Section] = SynthesisConfigFile.Write(synthesis);
        return json;
    }

    /// <summary>The encoder without the additions of the small models.</summary>
    private static AudioEncoderConfig Published(AudioEncoderConfig config) => new()
    {
        NumMelBins = config.NumMelBins,
        DModel = config.DModel,
        EncoderLayers = config.EncoderLayers,
        EncoderAttentionHeads = config.EncoderAttentionHeads,
        EncoderFfnDim = config.EncoderFfnDim,
        MaxSourcePositions = config.MaxSourcePositions,
        ActivationFunction = config.ActivationFunction,
    };

    private static JsonObject Write(AudioEncoderConfig config, bool small)
    {
        var json = new JsonObject
        {
            ["model_type"] = "qwen2_audio_encoder",
            ["num_mel_bins"] = config.NumMelBins,
            ["d_model"] = config.DModel,
            ["encoder_layers"] = config.EncoderLayers,
            ["encoder_attention_heads"] = config.EncoderAttentionHeads,
            ["encoder_ffn_dim"] = config.EncoderFfnDim,
            ["max_source_positions"] = config.MaxSourcePositions,
            ["activation_function"] = config.ActivationFunction switch { Activation.Relu => "relu", Activation.Silu => "silu", _ => "gelu" },
        };
        if (!small) return json;
        json["conv1_stride"] = config.Conv1Stride;
        json["conv2_stride"] = config.Conv2Stride;
        json["conv_layer_norm"] = config.ConvLayerNorm;
        json["time_kernel_size"] = config.TimeKernelSize;
        json["position_embedding_type"] = config.RotaryPositions ? "rotary" : "learned";
        json["ctc_vocab_size"] = config.CtcVocabSize;
        json["phone_vocab_size"] = config.PhoneVocabSize;
        json["phone_layers"] = config.PhoneLayers;
        if (config.Chunks is not { } chunks) return json;
        json["chunk_rows"] = chunks.Rows;
        json["left_chunks"] = chunks.Left;
        return json;
    }
}

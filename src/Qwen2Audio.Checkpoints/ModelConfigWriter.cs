using System.Text.Json.Nodes;
using Qwen2Audio.Model;
using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Model.Qwen2;

namespace Qwen2Audio.Checkpoints;

/// <summary>Writes config.json of models that are trained here, in the published field names; <see cref="ModelConfigReader"/> reads it.</summary>
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
        };
        if (config.Moe is not { } moe) return json;
        json["qkv_bias"] = config.QkvBias;
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

    /// <summary>config.json of the small speech models, model_type "qwen2_audio_ctc".</summary>
    public static JsonObject Write(Qwen2AudioConfig config) => new()
    {
        ["architectures"] = new JsonArray("Qwen2AudioCtcForConditionalGeneration"),
        ["model_type"] = ModelKinds.Qwen2AudioCtc,
        ["audio_token_index"] = config.AudioTokenIndex,
        ["audio_config"] = Write(config.AudioConfig),
        ["text_config"] = Write(config.TextConfig),
    };

    private static JsonObject Write(AudioEncoderConfig config) => new()
    {
        ["model_type"] = "qwen2_audio_encoder",
        ["num_mel_bins"] = config.NumMelBins,
        ["d_model"] = config.DModel,
        ["encoder_layers"] = config.EncoderLayers,
        ["encoder_attention_heads"] = config.EncoderAttentionHeads,
        ["encoder_ffn_dim"] = config.EncoderFfnDim,
        ["max_source_positions"] = config.MaxSourcePositions,
        ["activation_function"] = "gelu",
        ["conv1_stride"] = config.Conv1Stride,
        ["conv2_stride"] = config.Conv2Stride,
        ["conv_layer_norm"] = config.ConvLayerNorm,
        ["time_kernel_size"] = config.TimeKernelSize,
        ["position_embedding_type"] = config.RotaryPositions ? "rotary" : "learned",
        ["ctc_vocab_size"] = config.CtcVocabSize,
        ["phone_vocab_size"] = config.PhoneVocabSize,
        ["phone_layers"] = config.PhoneLayers,
    };
}

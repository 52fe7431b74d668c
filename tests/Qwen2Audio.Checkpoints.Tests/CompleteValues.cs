using System.Text.Json.Nodes;
using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Model.Qwen2;

namespace Qwen2Audio.Checkpoints.Tests;

/// <summary>Compares a description with recorded values by their published names; an unknown name counts as a difference.</summary>
internal static class CompleteValues
{
    private static readonly Dictionary<string, Func<Qwen2Config, object?>> Text = new(StringComparer.Ordinal)
    {
        ["vocab_size"] = c => c.VocabSize,
        ["hidden_size"] = c => c.HiddenSize,
        ["intermediate_size"] = c => c.IntermediateSize,
        ["num_hidden_layers"] = c => c.NumHiddenLayers,
        ["num_attention_heads"] = c => c.NumAttentionHeads,
        ["num_key_value_heads"] = c => c.NumKeyValueHeads,
        ["head_dim"] = c => c.HeadDim,
        ["hidden_act"] = _ => "silu",
        ["rms_norm_eps"] = c => c.RmsNormEps,
        ["rope_theta"] = c => c.RopeTheta,
        ["max_position_embeddings"] = c => c.MaxPositionEmbeddings,
        ["tie_word_embeddings"] = c => c.TieWordEmbeddings,
        ["use_sliding_window"] = c => c.SlidingWindow > 0,
        ["max_window_layers"] = c => c.MaxWindowLayers,
        ["decoder_sparse_step"] = c => c.Moe!.DecoderSparseStep,
        ["moe_intermediate_size"] = c => c.Moe!.MoeIntermediateSize,
        ["shared_expert_intermediate_size"] = c => c.Moe!.SharedExpertIntermediateSize,
        ["num_experts"] = c => c.Moe!.NumExperts,
        ["num_experts_per_tok"] = c => c.Moe!.NumExpertsPerTok,
        ["norm_topk_prob"] = c => c.Moe!.NormTopkProb,
        ["mlp_only_layers"] = c => c.Moe!.MlpOnlyLayers,
        ["router_aux_loss_coef"] = c => c.Moe!.RouterAuxLossCoef,
        ["qkv_bias"] = c => c.QkvBias,
    };

    private static readonly Dictionary<string, Func<AudioEncoderConfig, object?>> Encoder = new(StringComparer.Ordinal)
    {
        ["num_hidden_layers"] = c => c.EncoderLayers,
        ["d_model"] = c => c.DModel,
        ["encoder_layers"] = c => c.EncoderLayers,
        ["encoder_attention_heads"] = c => c.EncoderAttentionHeads,
        ["encoder_ffn_dim"] = c => c.EncoderFfnDim,
        ["num_mel_bins"] = c => c.NumMelBins,
        ["max_source_positions"] = c => c.MaxSourcePositions,
        ["activation_function"] = c => c.ActivationFunction.ToString().ToLowerInvariant(),
        ["scale_embedding"] = _ => false,
    };

    public static List<string> Differences(ModelDescription model, JsonObject complete)
    {
        var differences = new List<string>();
        foreach (var (name, value) in complete)
        {
            if (name == "audio_config") Compare(value!.AsObject(), Encoder, model.Encoder!, differences);
            else if (name == "text_config") Compare(value!.AsObject(), Text, model.Text!, differences);
            else if (name == "rope_scaling") Yarn(value as JsonObject, model.Text!, differences);
            else if (name == "audio_token_index") Note(name, value, model.AudioTokenIndex, differences);
            else Compare(new JsonObject { [name] = value?.DeepClone() }, Text, model.Text!, differences);
        }

        return differences;
    }

    private static void Compare<T>(JsonObject values, Dictionary<string, Func<T, object?>> known, T config, List<string> differences)
    {
        foreach (var (name, value) in values)
        {
            if (known.TryGetValue(name, out var read)) Note(name, value, read(config), differences);
            else differences.Add($"{name}: not compared");
        }
    }

    private static void Yarn(JsonObject? scaling, Qwen2Config config, List<string> differences)
    {
        if (scaling is null != config.Yarn is null) differences.Add($"rope_scaling: {config.Yarn} for {scaling}");
        if (scaling is null || config.Yarn is not { } yarn) return;
        foreach (var (name, value) in scaling)
        {
            switch (name)
            {
                case "factor": Note(name, value, yarn.Factor, differences); break;
                case "original_max_position_embeddings": Note(name, value, yarn.OriginalPositions, differences); break;
                case "beta_fast": Note(name, value, yarn.BetaFast, differences); break;
                case "beta_slow": Note(name, value, yarn.BetaSlow, differences); break;
                case "attention_factor": Note(name, value, yarn.AttentionFactor, differences); break;
                case "type" or "rope_type": Note(name, value, "yarn", differences); break;
                default: differences.Add($"rope_scaling.{name}: not compared"); break;
            }
        }
    }

    private static void Note(string name, JsonNode? expected, object? found, List<string> differences)
    {
        var same = found switch
        {
            int number => expected!.GetValue<double>() == number,
            double number => expected!.GetValue<double>() == number,
            bool truth => expected!.GetValue<bool>() == truth,
            string text => expected!.GetValue<string>() == text,
            IReadOnlyList<int> numbers => expected!.AsArray().Select(number => number!.GetValue<int>()).SequenceEqual(numbers),
            _ => false,
        };
        if (!same) differences.Add($"{name}: {found} for {expected}");
    }
}

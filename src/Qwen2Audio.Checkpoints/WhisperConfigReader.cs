using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Whisper;

namespace Qwen2Audio.Checkpoints;

/// <summary>
/// config.json of model_type "whisper" → <see cref="WhisperConfig"/>. Missing fields take the reference's defaults (transformers 4.57);
/// unsupported settings that would change the computation are refused, all of a file at once.
/// </summary>
public static class WhisperConfigReader
{
    /// <summary>Reads the sizes.</summary>
    /// <exception cref="ConfigException">Fields of the wrong type or range, or unsupported settings.</exception>
    public static WhisperConfig Read(ConfigObject json)
    {
        json.StringOr("model_type", ModelKinds.Whisper, ModelKinds.Whisper);
        var activation = ReadActivation(json);
        if (json.BoolOr("scale_embedding", false)) json.AddProblem("scale_embedding", "true", "false");
        if (!json.BoolOr("is_encoder_decoder", true)) json.AddProblem("is_encoder_decoder", "false", "true");
        var width = json.IntOr("d_model", 384, min: 1);
        var encoderHeads = Heads(json, "encoder_attention_heads", width);
        var decoderHeads = Heads(json, "decoder_attention_heads", width);
        var vocabulary = json.IntOr("vocab_size", 51_865, min: 1);
        var config = new WhisperConfig
        {
            Encoder = new AudioEncoderConfig
            {
                NumMelBins = json.IntOr("num_mel_bins", 80, min: 1),
                DModel = width,
                EncoderLayers = json.IntOr("encoder_layers", 4, min: 1),
                EncoderAttentionHeads = encoderHeads,
                EncoderFfnDim = json.IntOr("encoder_ffn_dim", 1536, min: 1),
                MaxSourcePositions = json.IntOr("max_source_positions", 1500, min: 1, max: 1 << 20),
                ActivationFunction = activation,
                AveragePooling = false,
            },
            VocabSize = vocabulary,
            DecoderLayers = json.IntOr("decoder_layers", 4, min: 1),
            DecoderAttentionHeads = decoderHeads,
            DecoderFfnDim = json.IntOr("decoder_ffn_dim", 1536, min: 1),
            MaxTargetPositions = json.IntOr("max_target_positions", 448, min: 1),
            DecoderStartTokenId = json.IntOr("decoder_start_token_id", 50_257, min: 0),
            ActivationFunction = activation,
            TieWordEmbeddings = json.BoolOr("tie_word_embeddings", true),
        };
        if (config.DecoderStartTokenId >= vocabulary)
        {
            json.AddProblem("decoder_start_token_id", config.DecoderStartTokenId.ToString(CultureInfo.InvariantCulture),
                $"an id below vocab_size ({vocabulary})");
        }

        json.ThrowIfBad();
        return config;
    }

    private static Activation ReadActivation(ConfigObject json) =>
        json.StringOr("activation_function", "gelu", "gelu", "relu", "silu", "swish") switch
        {
            "relu" => Activation.Relu,
            "silu" or "swish" => Activation.Silu,
            _ => Activation.Gelu,
        };

    private static int Heads(ConfigObject json, string name, int width)
    {
        var heads = json.IntOr(name, 6, min: 1);
        if (width % heads != 0)
            json.AddProblem("d_model", width.ToString(CultureInfo.InvariantCulture), $"a multiple of {name} ({heads})");
        return heads;
    }
}

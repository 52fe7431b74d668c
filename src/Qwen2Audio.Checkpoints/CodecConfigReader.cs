using System.Globalization;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Model.Codec;
using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Checkpoints;

/// <summary>
/// config.json of our own codecs → <see cref="CodecConfig"/> and <see cref="DiscriminatorConfig"/>. Fields are the records' properties in
/// snake case; those with a default may be absent.
/// </summary>
internal static class CodecConfigReader
{
    /// <summary>Reads the codec's sizes.</summary>
    /// <exception cref="ConfigException">Fields are missing, of the wrong type or range, or inconsistent.</exception>
    public static CodecConfig Read(ConfigObject json)
    {
        var strides = json.IntListOr("strides", [], min: 1, max: 1 << 16);
        if (strides.Count is 0 or > 16) json.AddProblem("strides", $"{strides.Count} strides", "1…16 strides");
        var channels = json.Int("channels", min: 1, max: 1 << 14);
        var compress = json.IntOr("compress", 1, min: 1, max: 1 << 14);
        if (channels % compress != 0) json.AddProblem("compress", Text(compress), $"a divisor of channels ({channels})");
        var decoderChannels = json.Has("decoder_channels") ? json.Int("decoder_channels", min: 1, max: 1 << 16) : (int?)null;
        if (decoderChannels is { } width && width % (compress << Math.Min(16, strides.Count)) != 0)
            json.AddProblem("decoder_channels", Text(width), $"a multiple of {compress << Math.Min(16, strides.Count)}");
        var config = new CodecConfig
        {
            SamplingRate = json.Int("sampling_rate", min: 1, max: 1 << 20),
            AudioChannels = json.IntOr("audio_channels", 1, min: 1, max: 64),
            Channels = channels,
            DecoderChannels = decoderChannels,
            Kernel = json.Int("kernel", min: 1, max: 1 << 12),
            LastKernel = json.Int("last_kernel", min: 1, max: 1 << 12),
            DecoderLastKernel = json.Has("decoder_last_kernel") ? json.Int("decoder_last_kernel", min: 1, max: 1 << 12) : null,
            Strides = strides,
            ResidualUnits = json.Int("residual_units", min: 0, max: 16),
            ResidualKernel = json.Int("residual_kernel", min: 1, max: 1 << 8),
            DilationBase = json.Int("dilation_base", min: 1, max: 16),
            Compress = compress,
            Dimension = json.Int("dimension", min: 1, max: 1 << 16),
            Stages = json.Int("stages", min: 1, max: 1 << 10),
            Entries = json.Int("entries", min: 1, max: 1 << 20),
            Activation = json.StringOr("activation", "elu", "elu", "snake") == "snake" ? CodecActivation.Snake : CodecActivation.Elu,
            Padding = json.StringOr("padding", "causal", "causal", "centred", "even") switch
            {
                "centred" => CodecPadding.Centred,
                "even" => CodecPadding.Even,
                _ => CodecPadding.Causal,
            },
            PadMode = json.StringOr("pad_mode", "constant", "constant", "reflect") == "reflect" ? PadMode.Reflect : PadMode.Zeros,
            TrimRightRatio = json.NumberOr("trim_right_ratio", 1, min: 0, max: 1),
            WeightNorm = json.BoolOr("weight_norm", false),
            LstmLayers = json.IntOr("lstm_layers", 0, min: 0, max: 16),
            ConvShortcut = json.BoolOr("conv_shortcut", false),
            FinalTanh = json.BoolOr("final_tanh", false),
        };
        json.ThrowIfBad();
        return config;
    }

    /// <summary>Reads the sizes of the discriminators.</summary>
    /// <exception cref="ConfigException">Fields are missing, or of the wrong type or range.</exception>
    public static DiscriminatorConfig ReadDiscriminator(ConfigObject json)
    {
        var periods = json.IntListOr("periods", [], min: 1, max: 1 << 12);
        if (periods.Count == 0) json.AddProblem("periods", "no period", "at least one period");
        var config = new DiscriminatorConfig
        {
            Periods = periods,
            Channels = json.Int("channels", min: 1, max: 1 << 12),
            Layers = json.IntOr("layers", 2, min: 1, max: 12),
            Kernel = json.IntOr("kernel", 5, min: 1, max: 1 << 8),
            Stride = json.IntOr("stride", 3, min: 1, max: 1 << 8),
            LastKernel = json.IntOr("last_kernel", 3, min: 1, max: 1 << 8),
            Slope = (float)json.NumberOr("slope", 0.1, min: 0, max: 1),
        };
        json.ThrowIfBad();
        return config;
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}

using System.Text.Json.Nodes;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Model.FrameCodec;

namespace Qwen2Audio.Checkpoints;

/// <summary>
/// config.json of our frame-rate codec ↔ <see cref="FrameCodecConfig"/>. Fields are the record's properties in snake case; absent ones have
/// the record's defaults.
/// </summary>
public static class FrameCodecConfigFile
{
    private const int Most = 1 << 14;

    /// <summary>Reads the sizes.</summary>
    /// <exception cref="ConfigException">Another kind of model, fields of the wrong type or range, or inconsistent sizes.</exception>
    public static FrameCodecConfig Read(ConfigObject json)
    {
        json.String("model_type", ModelKinds.FrameCodec);
        var otherwise = new FrameCodecConfig();
        var config = new FrameCodecConfig
        {
            SamplingRate = json.IntOr("sampling_rate", otherwise.SamplingRate, 1000, 1 << 18),
            FrameRate = json.IntOr("frame_rate", otherwise.FrameRate, 1, 1000),
            SubFrames = json.IntOr("sub_frames", otherwise.SubFrames, 1, 64),
            AnalysisWindow = json.IntOr("analysis_window", otherwise.AnalysisWindow, 2, Most),
            MelBins = json.IntOr("mel_bins", otherwise.MelBins, 0, 512),
            SpectrumBins = json.IntOr("spectrum_bins", otherwise.SpectrumBins, 0, Most),
            SynthesisWindow = json.IntOr("synthesis_window", otherwise.SynthesisWindow, 2, Most),
            EncoderWidth = json.IntOr("encoder_width", otherwise.EncoderWidth, 1, Most),
            EncoderInner = json.IntOr("encoder_inner", otherwise.EncoderInner, 1, Most),
            EncoderBlocks = json.IntOr("encoder_blocks", otherwise.EncoderBlocks, 0, 256),
            DecoderWidth = json.IntOr("decoder_width", otherwise.DecoderWidth, 1, Most),
            DecoderInner = json.IntOr("decoder_inner", otherwise.DecoderInner, 1, Most),
            DecoderBlocks = json.IntOr("decoder_blocks", otherwise.DecoderBlocks, 0, 256),
            Kernel = json.IntOr("kernel", otherwise.Kernel, 1, 1001),
            DecoderKernel = json.IntOr("decoder_kernel", otherwise.DecoderKernel, 1, 1001),
            EncoderLookAhead = json.IntOr("encoder_look_ahead", otherwise.EncoderLookAhead, 0, 1000),
            DecoderLookAhead = json.IntOr("decoder_look_ahead", otherwise.DecoderLookAhead, 0, 1000),
            Dimension = json.IntOr("dimension", otherwise.Dimension, 1, Most),
            Books = json.IntOr("books", otherwise.Books, 1, 64),
            Entries = json.IntOr("entries", otherwise.Entries, 2, 1 << 16),
        };
        json.ThrowIfBad();
        foreach (var (name, found, allowed) in Problems(config)) json.AddProblem(name, found, allowed);
        json.ThrowIfBad();
        return config;
    }

    /// <summary>Inconsistencies between the sizes: field, what it is, what is allowed.</summary>
    public static IEnumerable<(string Name, string Found, string Allowed)> Problems(FrameCodecConfig config)
    {
        var hop = config.Hop;
        if (config.SamplingRate % config.FrameRate != 0)
        {
            yield return ("frame_rate", $"{config.FrameRate}", $"a divisor of sampling_rate ({config.SamplingRate})");
            yield break;
        }

        if (hop % config.SubFrames != 0)
        {
            yield return ("sub_frames", $"{config.SubFrames}", $"a divisor of the samples of a frame ({hop})");
            yield break;
        }

        var subHop = hop / config.SubFrames;
        if (config.AnalysisWindow < subHop) yield return ("analysis_window", $"{config.AnalysisWindow}", $"the samples of a sub-frame ({subHop}) or more");
        if (config.MelBins + config.SpectrumBins == 0) yield return ("mel_bins", "0", "1 or more, where spectrum_bins is 0");
        var bins = config.AnalysisWindow / 2 + 1;
        if (config.SpectrumBins > bins) yield return ("spectrum_bins", $"{config.SpectrumBins}", $"0…{bins}, those of the analysis window");
        var most = 2 * hop;
        if (config.SynthesisWindow < hop || config.SynthesisWindow > most || (config.SynthesisWindow - hop) % 2 != 0)
            yield return ("synthesis_window", $"{config.SynthesisWindow}", $"{hop}…{most}, by an even number more than {hop}");
        if (config.EncoderLookAhead >= config.Kernel) yield return ("encoder_look_ahead", $"{config.EncoderLookAhead}", $"less than kernel ({config.Kernel})");
        if (config.DecoderLookAhead >= config.Kernel) yield return ("decoder_look_ahead", $"{config.DecoderLookAhead}", $"less than kernel ({config.Kernel})");
    }

    /// <summary>config.json, which <see cref="Read"/> reads again.</summary>
    public static JsonObject Write(FrameCodecConfig config) => new()
    {
        ["model_type"] = ModelKinds.FrameCodec,
        ["sampling_rate"] = config.SamplingRate,
        ["frame_rate"] = config.FrameRate,
        ["sub_frames"] = config.SubFrames,
        ["analysis_window"] = config.AnalysisWindow,
        ["mel_bins"] = config.MelBins,
        ["spectrum_bins"] = config.SpectrumBins,
        ["synthesis_window"] = config.SynthesisWindow,
        ["encoder_width"] = config.EncoderWidth,
        ["encoder_inner"] = config.EncoderInner,
        ["encoder_blocks"] = config.EncoderBlocks,
        ["decoder_width"] = config.DecoderWidth,
        ["decoder_inner"] = config.DecoderInner,
        ["decoder_blocks"] = config.DecoderBlocks,
        ["kernel"] = config.Kernel,
        ["decoder_kernel"] = config.DecoderKernel,
        ["encoder_look_ahead"] = config.EncoderLookAhead,
        ["decoder_look_ahead"] = config.DecoderLookAhead,
        ["dimension"] = config.Dimension,
        ["books"] = config.Books,
        ["entries"] = config.Entries,
    };
}

using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Model.AudioEncoder;

namespace Qwen2Audio.Tasks.Clips;

/// <summary>Checks that preprocessor_config.json of Whisper and Qwen2-Audio describes the features computed here and matches the encoder.</summary>
internal static class PreprocessorCheck
{
    /// <summary>Checks the settings; without any, those of the reference hold.</summary>
    /// <exception cref="ConfigException">Fields have the wrong type, or the features are not supported.</exception>
    public static void Require(ConfigObject? settings, AudioEncoderConfig encoder)
    {
        var frames = WindowFrames(encoder);
        settings?.Build(json =>
        {
            Fixed(json, "feature_size", 80, encoder.NumMelBins, "num_mel_bins of config.json");
            Fixed(json, "sampling_rate", LogMel.SampleRate, LogMel.SampleRate, "samples per second");
            Fixed(json, "hop_length", AudioLengths.Hop, AudioLengths.Hop, "samples");
            Fixed(json, "n_fft", 400, 400, "samples");
            var seconds = json.IntOr("chunk_length", 30, min: 1, max: 3600);
            if (seconds * LogMel.SampleRate != frames * AudioLengths.Hop)
            {
                json.AddProblem("chunk_length", seconds.ToString(CultureInfo.InvariantCulture),
                    $"the {frames / 100.0:0.##} s that max_source_positions of config.json sets");
            }

            Fixed(json, "n_samples", frames * AudioLengths.Hop, frames * AudioLengths.Hop, "chunk_length × sampling_rate");
            Fixed(json, "nb_max_frames", frames, frames, "n_samples / hop_length");
            if (json.NumberOr("padding_value", 0) is var padding && padding != 0)
                json.AddProblem("padding_value", padding.ToString(CultureInfo.InvariantCulture), "0");
            if (json.NumberOr("dither", 0) is var dither && dither != 0) json.AddProblem("dither", dither.ToString(CultureInfo.InvariantCulture), "0");
            if (json.BoolOr("do_normalize", false)) json.AddProblem("do_normalize", "true", "false");
            return true;
        });
    }

    /// <summary>Mel frames in the encoder's window.</summary>
    public static int WindowFrames(AudioEncoderConfig encoder) => encoder.MaxSourcePositions * encoder.Conv1Stride * encoder.Conv2Stride;

    private static void Fixed(ConfigObject json, string name, int otherwise, int allowed, string what)
    {
        if (json.IntOr(name, json.Has(name) ? otherwise : allowed) is var value && value != allowed)
            json.AddProblem(name, value.ToString(CultureInfo.InvariantCulture), $"{allowed} ({what})");
    }
}

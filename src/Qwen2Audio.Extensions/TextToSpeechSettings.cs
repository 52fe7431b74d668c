using Qwen2Audio.Audio;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Synthesis;

namespace Qwen2Audio.Extensions;

/// <summary>Converts <see cref="TextToSpeechOptions"/> to <see cref="SynthesisOptions"/> and a format.</summary>
internal static class TextToSpeechSettings
{
    private static readonly (AudioFileFormat Format, string[] Names)[] Formats =
    [
        (AudioFileFormat.Wav, ["audio/wav", "wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"]),
        (AudioFileFormat.Flac, ["audio/flac", "flac", "audio/x-flac"]),
        (AudioFileFormat.Raw, ["audio/pcm", "pcm", "raw"]),
    ];

    /// <summary>The settings.</summary>
    /// <exception cref="NotSupportedException">A setting is not supported.</exception>
    /// <exception cref="OptionException">A setting is of the wrong kind.</exception>
    public static (SynthesisOptions Options, AudioFileFormat Format) Of(TextToSpeechOptions? options, string? model)
    {
        options ??= new TextToSpeechOptions();
        Refuse(options.ModelId is { } other && other != model, $"ModelId \"{options.ModelId}\" (this client's model is \"{model}\")");
        Refuse(options.Language is { Length: > 0 } language && !language.Split('-', '_')[0].Equals("en", StringComparison.OrdinalIgnoreCase), $"Language \"{options.Language}\" (the text front end reads English)");
        Refuse(options.Pitch is not (null or 1), $"Pitch {options.Pitch?.ToString(CultureInfo.InvariantCulture)}");
        Refuse(options.Volume is not (null or 1), $"Volume {options.Volume?.ToString(CultureInfo.InvariantCulture)}");
        Refuse(options.RawRepresentationFactory is not null, "RawRepresentationFactory");
        var standard = new SynthesisOptions();
        var settings = standard with { Voice = options.VoiceId, Speed = options.Speed ?? standard.Speed };
        foreach (var (name, value) in options.AdditionalProperties ?? [])
        {
            settings = name switch
            {
                "temperature" => settings with { Temperature = Number(name, value) },
                "guidance" => settings with { Guidance = Number(name, value) },
                "voice_guidance" => settings with { VoiceGuidance = Number(name, value) },
                "seed" => settings with { Seed = Seed(name, value) },
                "voice_from" => settings with { VoiceFrom = value as ReferenceVoice ?? throw new OptionException(name, $"{value}", "what EmbedSpeaker of the synthesizer returns") },
                _ => throw new NotSupportedException($"The additional property \"{name}\" is not supported here; temperature, guidance, voice_guidance, seed and voice_from are."),
            };
        }

        return (settings, Format(options.AudioFormat));
    }

    /// <summary>The media type of a format.</summary>
    public static string MediaType(AudioFileFormat format) => Formats.First(known => known.Format == format).Names[0];

    private static AudioFileFormat Format(string? name)
    {
        if (string.IsNullOrEmpty(name)) return AudioFileFormat.Wav;
        foreach (var (format, names) in Formats)
            if (names.Contains(name, StringComparer.OrdinalIgnoreCase)) return format;
        throw new NotSupportedException($"AudioFormat \"{name}\" is not supported here; {string.Join(", ", Formats.Select(known => $"{known.Names[1]} ({known.Names[0]})"))} are.");
    }

    private static double Number(string name, object? value) => value is IConvertible and not string ? Convert.ToDouble(value, CultureInfo.InvariantCulture)
        : throw new OptionException(name, $"{value}", "a number");

    private static ulong Seed(string name, object? value) => value switch
    {
        ulong seed => seed,
        byte or short or ushort or int or uint or long when Convert.ToInt64(value, CultureInfo.InvariantCulture) is >= 0 and var seed => (ulong)seed,
        float or double when Number(name, value) is >= 0 and <= 1L << 53 and var seed && seed == Math.Floor(seed) => (ulong)seed, // beyond that a double may already be another number
        _ => throw new OptionException(name, $"{value}", "whole numbers from 0 on; as a double, up to 2^53"),
    };

    private static void Refuse(bool asked, string what)
    {
        if (asked) throw new NotSupportedException($"{what} is not supported here.");
    }
}

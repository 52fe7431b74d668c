using Qwen2Audio.Inference.Whisper;

namespace Qwen2Audio.Tasks.Whisper;

/// <summary>
/// Options of <see cref="WhisperTranscriber"/>. Temperatures and thresholds are those of openai/whisper. Unlike there, a window does not see
/// the text of earlier windows unless <see cref="ConditionOnPrevious"/> is set, and beam settings come from the folder.
/// </summary>
public sealed record WhisperOptions
{
    /// <summary>
    /// The spoken language: a code or name, such as "en", "English" or "en-US". "auto": detected in the first window that is not
    /// silent; null: the language of the folder's generation_config.json, otherwise detected.
    /// </summary>
    public string? Language { get; init; }

    /// <summary>Whether to translate into English; null: as the folder's generation_config.json says, otherwise false.</summary>
    public bool? Translate { get; init; }

    /// <summary>Whether to decode timestamps, which set the segments and the start of the next window. Without them each window is one segment.</summary>
    public bool Timestamps { get; init; } = true;

    /// <summary>Whether to compute word times from the decoder's cross-attention: one more pass over each window's text.</summary>
    public bool WordTimes { get; init; } = true;

    /// <summary>Text that precedes the first window, for example to set the spelling of names.</summary>
    public string? Prompt { get; init; }

    /// <summary>Whether each window sees the text of earlier windows: more consistent text, but errors may persist.</summary>
    public bool ConditionOnPrevious { get; init; }

    /// <summary>Beam width at temperature 0; 1: greedy; null: as the folder's generation_config.json says.</summary>
    public int? Beams { get; init; }

    /// <summary>Exponent of the length in a beam's score: Σ log probability / tokens ^ penalty; null: as the folder says.</summary>
    public double? LengthPenalty { get; init; }

    /// <summary>Temperatures tried in order until a text passes the thresholds; 0 is greedy decoding or beam search.</summary>
    public IReadOnlyList<double> Temperatures { get; init; } = [0, 0.2, 0.4, 0.6, 0.8, 1];

    /// <summary>A text with a higher compression ratio is repetitive: the next temperature is tried.</summary>
    public double CompressionRatioThreshold { get; init; } = 2.4;

    /// <summary>A text with a lower mean log probability fails: the next temperature is tried.</summary>
    public double LogProbabilityThreshold { get; init; } = -1;

    /// <summary>A window has no text if its probability of no speech is higher and its log probability below <see cref="LogProbabilityThreshold"/>.</summary>
    public double NoSpeechThreshold { get; init; } = 0.6;

    /// <summary>Maximum tokens of a window's text; null: as the folder's generation_config.json says, otherwise half of the model's positions.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Sampling seed for temperatures above 0.</summary>
    public int Seed { get; init; }

    /// <summary>The beam settings of these options, with the folder's where these are null.</summary>
    internal WhisperBeams BeamsOver(WhisperBeams folder) =>
        folder with { Beams = Beams ?? folder.Beams, LengthPenalty = LengthPenalty ?? folder.LengthPenalty };

    internal void Check()
    {
        if (Temperatures.Count == 0 || Temperatures.Any(temperature => !(temperature is >= 0 and <= 10)))
            throw new OptionException("Temperatures must have at least one number, each from 0 to 10.");
        if (MaxTokens is < 1) throw new OptionException($"MaxTokens is {MaxTokens}; allowed: 1 or more.");
        if (double.IsNaN(CompressionRatioThreshold) || double.IsNaN(LogProbabilityThreshold) || double.IsNaN(NoSpeechThreshold))
            throw new OptionException("A threshold is not a number.");
    }
}

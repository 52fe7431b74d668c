using Qwen2Audio.Inference.Whisper;

namespace Qwen2Audio.Tasks.Whisper;

/// <summary>
/// Choices for <see cref="WhisperTranscriber"/>. Temperatures and thresholds are openai/whisper's; unlike there, windows are not shown the text
/// of those before them unless <see cref="ConditionOnPrevious"/> is set, and beams are those of the folder.
/// </summary>
public sealed record WhisperOptions
{
    /// <summary>
    /// The language that is spoken: its code or name, such as "en", "English" or "en-US". "auto": told from the first window that is not
    /// silent; null: as the folder's generation_config.json says, else told.
    /// </summary>
    public string? Language { get; init; }

    /// <summary>Whether English is written whatever language is spoken; null: as the folder's generation_config.json says, else not.</summary>
    public bool? Translate { get; init; }

    /// <summary>Asks for timestamps, by which text is cut into segments and the window moves on. Without them each window is one segment.</summary>
    public bool Timestamps { get; init; } = true;

    /// <summary>Times of each word, by the attention of the decoder to the audio: one more pass over each window's text.</summary>
    public bool WordTimes { get; init; } = true;

    /// <summary>Earlier text that the first window goes on from: names and spellings to be kept.</summary>
    public string? Prompt { get; init; }

    /// <summary>Shows each window the text of those before it; more even text, but errors may persist.</summary>
    public bool ConditionOnPrevious { get; init; }

    /// <summary>Texts that are followed at the same time at temperature 0; 1: the likeliest token at each step; null: as the folder's generation_config.json says.</summary>
    public int? Beams { get; init; }

    /// <summary>Beams are compared by Σ log probability / tokens ^ this; null: as the folder says.</summary>
    public double? LengthPenalty { get; init; }

    /// <summary>Temperatures that are tried in order until a text passes the thresholds; 0 takes the likeliest tokens, or searches with beams.</summary>
    public IReadOnlyList<double> Temperatures { get; init; } = [0, 0.2, 0.4, 0.6, 0.8, 1];

    /// <summary>Text that compresses better than this repeats itself: the next temperature is tried.</summary>
    public double CompressionRatioThreshold { get; init; } = 2.4;

    /// <summary>Below this mean log probability the next temperature is tried.</summary>
    public double LogProbabilityThreshold { get; init; } = -1;

    /// <summary>Above this probability that nobody speaks, and below <see cref="LogProbabilityThreshold"/>, a window has no text.</summary>
    public double NoSpeechThreshold { get; init; } = 0.6;

    /// <summary>Tokens of a window's text at most; null: as the folder's generation_config.json says, else half of the model's positions.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Fixes what is drawn at temperatures above 0.</summary>
    public int Seed { get; init; }

    /// <summary>The beams of these options, where they say nothing those of the folder.</summary>
    internal WhisperBeams BeamsOver(WhisperBeams folder) =>
        folder with { Beams = Beams ?? folder.Beams, LengthPenalty = LengthPenalty ?? folder.LengthPenalty };

    internal void Check()
    {
        if (Temperatures.Count == 0 || Temperatures.Any(temperature => !(temperature is >= 0 and <= 10)))
            throw new OptionException("Temperatures must be one number or more from 0 to 10.");
        if (MaxTokens is < 1) throw new OptionException($"MaxTokens is {MaxTokens}; allowed: 1 or more.");
        if (double.IsNaN(CompressionRatioThreshold) || double.IsNaN(LogProbabilityThreshold) || double.IsNaN(NoSpeechThreshold))
            throw new OptionException("A threshold is not a number.");
    }
}

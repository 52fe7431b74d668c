namespace Qwen2Audio.Tasks.Results;

/// <summary>A stretch of audio and what was written for it in one go, with what speaks for and against it.</summary>
public sealed record TranscribedSegment
{
    /// <summary>The text, without spaces around it.</summary>
    public required string Text { get; init; }

    /// <summary>Seconds from the beginning of the audio.</summary>
    public required double Start { get; init; }

    /// <summary>Seconds from the beginning of the audio, not before <see cref="Start"/>.</summary>
    public required double End { get; init; }

    /// <summary>Mean log probability of the tokens of the window that the segment was written in.</summary>
    public required double AverageLogProbability { get; init; }

    /// <summary>Probability, by the model, that nobody speaks in that window; null from models that do not say.</summary>
    public required double? NoSpeechProbability { get; init; }

    /// <summary>How many times smaller the window's text gets by compression; high for text that repeats itself.</summary>
    public required double CompressionRatio { get; init; }

    /// <summary>The temperature that the window's text was drawn at; 0: the likeliest tokens.</summary>
    public required double Temperature { get; init; }

    /// <summary>Signs that the text was made up by the model, for people: "repetition: …", "silence: …"; empty as a rule.</summary>
    public required IReadOnlyList<string> Suspicions { get; init; }

    /// <summary>True when there is a sign that the text was made up.</summary>
    public bool MayBeMadeUp => Suspicions.Count > 0;
}

namespace Qwen2Audio.Tasks.Results;

/// <summary>A stretch of audio with the text decoded for it, and measures of confidence.</summary>
public sealed record TranscribedSegment
{
    /// <summary>The text, trimmed.</summary>
    public required string Text { get; init; }

    /// <summary>Seconds from the beginning of the audio.</summary>
    public required double Start { get; init; }

    /// <summary>Seconds from the beginning of the audio, not before <see cref="Start"/>.</summary>
    public required double End { get; init; }

    /// <summary>Mean log probability of the tokens of the segment's window.</summary>
    public required double AverageLogProbability { get; init; }

    /// <summary>The model's probability of no speech in that window; null from models that do not compute it.</summary>
    public required double? NoSpeechProbability { get; init; }

    /// <summary>Compression ratio of the window's text; high for repetitive text.</summary>
    public required double CompressionRatio { get; init; }

    /// <summary>Sampling temperature of the window's text; 0: the most probable tokens.</summary>
    public required double Temperature { get; init; }

    /// <summary>Signs that the text is a hallucination, for people: "repetition: …", "silence: …"; usually empty.</summary>
    public required IReadOnlyList<string> Suspicions { get; init; }

    /// <summary>True when there is a sign that the text is a hallucination.</summary>
    public bool MayBeMadeUp => Suspicions.Count > 0;
}

namespace Qwen2Audio.Tasks.Results;

/// <summary>A label and its probability among the labels that were compared.</summary>
public sealed record LabelProbability(string Label, double Probability);

/// <summary>What the audio is, among given labels.</summary>
public sealed record Classification
{
    /// <summary>All labels that were compared, likeliest first; their probabilities sum to 1. Empty for audio without content.</summary>
    public required IReadOnlyList<LabelProbability> Labels { get; init; }

    /// <summary>
    /// The prompt under which the best label was scored: "sound", "keyword", "digit", "speech", or "transcribe" for words of no label
    /// set.
    /// </summary>
    public required string Task { get; init; }

    /// <summary>Probability that the audio is speech; null when the question was not needed.</summary>
    public required double? SpeechProbability { get; init; }

    /// <summary>Code of the language that the labels were weighed in, where the model asks for one; else null.</summary>
    public string? Language { get; init; }

    /// <summary>Probability of that language among those that the model knows; null where it was not told by the model.</summary>
    public double? LanguageProbability { get; init; }

    /// <summary>
    /// False when the audio is unlike the recordings from which the best label's set was learnt, so that none of the labels may be right (a
    /// warning says it too); null where the model's folder has no statistics of the set.
    /// </summary>
    public bool? InDomain { get; init; }

    /// <summary>Everything that was not plain: resampling, labels of no label set, …</summary>
    public required IReadOnlyList<TaskWarning> Warnings { get; init; }

    /// <summary>Duration of the audio in seconds.</summary>
    public required double SecondsOfAudio { get; init; }

    /// <summary>Time from the audio's samples to the result (reading the file included where a path was given), in seconds.</summary>
    public required double SecondsTaken { get; init; }

    /// <summary>The best label; empty without labels.</summary>
    public string Best => Labels.Count > 0 ? Labels[0].Label : "";
}

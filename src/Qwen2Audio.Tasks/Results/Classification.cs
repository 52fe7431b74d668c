namespace Qwen2Audio.Tasks.Results;

/// <summary>A label and its probability among the compared labels.</summary>
public sealed record LabelProbability(string Label, double Probability);

/// <summary>The result of classifying audio among given labels.</summary>
public sealed record Classification
{
    /// <summary>All compared labels, most probable first; probabilities sum to 1. Empty for audio without content.</summary>
    public required IReadOnlyList<LabelProbability> Labels { get; init; }

    /// <summary>
    /// The prompt under which the best label was scored: "sound", "keyword", "digit", "speech", or "transcribe" for words of no label
    /// set.
    /// </summary>
    public required string Task { get; init; }

    /// <summary>Probability that the audio is speech; null when it was not needed.</summary>
    public required double? SpeechProbability { get; init; }

    /// <summary>Code of the language in which the labels were scored, if the model needs one; otherwise null.</summary>
    public string? Language { get; init; }

    /// <summary>Probability of that language among the model's languages; null when it was not detected.</summary>
    public double? LanguageProbability { get; init; }

    /// <summary>
    /// False when the audio is unlike the training recordings of the best label's set, so that perhaps none of the labels is right (there is
    /// also a warning); null when the model's folder has no statistics of the set.
    /// </summary>
    public bool? InDomain { get; init; }

    /// <summary>Changes to the audio, fallbacks and limits: resampling, labels of no label set, …</summary>
    public required IReadOnlyList<TaskWarning> Warnings { get; init; }

    /// <summary>Duration of the audio in seconds.</summary>
    public required double SecondsOfAudio { get; init; }

    /// <summary>Time from the audio's samples to the result, in seconds; includes reading if a path was given.</summary>
    public required double SecondsTaken { get; init; }

    /// <summary>The best label; empty without labels.</summary>
    public string Best => Labels.Count > 0 ? Labels[0].Label : "";
}

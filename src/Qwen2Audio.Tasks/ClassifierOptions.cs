namespace Qwen2Audio.Tasks;

/// <summary>Choices for the classifier.</summary>
public sealed record ClassifierOptions
{
    /// <summary>The prompt: "sound", "keyword", "digit" or "speech"; null: chosen from the labels and the audio.</summary>
    public string? Task { get; init; }

    /// <summary>Divides a label's log probability by its number of text units (the end mark counted).</summary>
    public bool LengthNormalised { get; init; }

    /// <summary>Share of the CTC score of labels that are spoken words, 0…1 (field <c>label_ctc_weight</c>, else 0).</summary>
    public double? CtcWeight { get; init; }

    /// <summary>Longest piece in seconds; longer audio is split at pauses and the pieces' answers are averaged by length.</summary>
    public double MaxPieceSeconds { get; init; } = 15;
}

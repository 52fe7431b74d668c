using Qwen2Audio.Tasks.Recognition;

namespace Qwen2Audio.Tasks;

/// <summary>Options of the classifier.</summary>
public sealed record ClassifierOptions
{
    /// <summary>The prompt: "sound", "keyword", "digit" or "speech"; null: chosen by the labels and the audio.</summary>
    public string? Task { get; init; }

    /// <summary>Whether a label's log probability is divided by its number of text units, including the end token.</summary>
    public bool LengthNormalised { get; init; }

    /// <summary>Weight of the CTC score of labels that are spoken words, 0…1; null: <c>label_ctc_weight</c> of generation_config.json, otherwise 0.</summary>
    public double? CtcWeight { get; init; }

    /// <summary>Maximum piece length in seconds; longer audio is split at pauses, and the pieces' results are averaged, weighted by length. Without effect on an <see cref="EncodedClip"/>.</summary>
    public double MaxPieceSeconds { get; init; } = ClipEncoder.MaxPieceSeconds;
}

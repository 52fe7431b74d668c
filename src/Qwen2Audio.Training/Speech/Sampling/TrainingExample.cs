using Qwen2Audio.Training.Speech.Features;

namespace Qwen2Audio.Training.Speech.Sampling;

/// <summary>The task of a prompt.</summary>
internal enum TaskKind
{
    /// <summary>The spoken words; empty for sounds without speech.</summary>
    Transcribe,

    /// <summary>Which sound it is.</summary>
    Sound,

    /// <summary>Which keyword is spoken.</summary>
    Keyword,

    /// <summary>Which digit is spoken.</summary>
    Digit,

    /// <summary>Whether it is speech or another sound.</summary>
    Speech,
}

/// <summary>One training example: features, prompt and answer.</summary>
internal sealed record TrainingExample
{
    /// <summary>Normalised features [<see cref="Frames"/> × 80].</summary>
    public required float[] Features { get; init; }

    /// <summary>Number of frames of 10 ms.</summary>
    public int Frames => Features.Length / MelFrames.Bins;

    /// <summary>The prompt.</summary>
    public required TaskKind Task { get; init; }

    /// <summary>The answer to the prompt; may be empty.</summary>
    public required string Text { get; init; }

    /// <summary>The spoken words, whatever the prompt; empty without speech. The target of text CTC.</summary>
    public required string Spoken { get; init; }

    /// <summary>Phones of <see cref="Spoken"/>: empty without speech, null when a word has no pronunciation. The target of phone CTC.</summary>
    public required string[]? Phones { get; init; }

    /// <summary>Its source, for reports: the clip that was drawn first, or the dataset.</summary>
    public string Name { get; init; } = "";

    /// <summary>The dataset from which it was drawn.</summary>
    public required string Dataset { get; init; }
}

using Qwen2Audio.Training.Speech.Features;

namespace Qwen2Audio.Training.Speech.Sampling;

/// <summary>What a prompt asks for.</summary>
internal enum TaskKind
{
    /// <summary>The words that are said; none for sounds without speech.</summary>
    Transcribe,

    /// <summary>Which sound it is.</summary>
    Sound,

    /// <summary>Which keyword is said.</summary>
    Keyword,

    /// <summary>Which digit is said.</summary>
    Digit,

    /// <summary>Whether it is speech or another sound.</summary>
    Speech,
}

/// <summary>One example as it is drawn: features, the prompt and the answer.</summary>
internal sealed record TrainingExample
{
    /// <summary>Scaled features, frame by frame: [<see cref="Frames"/> × 80].</summary>
    public required float[] Features { get; init; }

    /// <summary>Frames of 10 ms.</summary>
    public int Frames => Features.Length / MelFrames.Bins;

    /// <summary>The prompt.</summary>
    public required TaskKind Task { get; init; }

    /// <summary>The answer to the prompt; may be "".</summary>
    public required string Text { get; init; }

    /// <summary>The words in the sound, whatever the prompt asks; "" where nothing is said. The target of text CTC.</summary>
    public required string Spoken { get; init; }

    /// <summary>Phones of <see cref="Spoken"/>; none where nothing is said, null where a word has no pronunciation. The target of phone CTC.</summary>
    public required string[]? Phones { get; init; }

    /// <summary>What it was made of, for reports: the clip that was drawn first, or the collection.</summary>
    public string Name { get; init; } = "";

    /// <summary>Which collection it was drawn from.</summary>
    public required string Dataset { get; init; }
}

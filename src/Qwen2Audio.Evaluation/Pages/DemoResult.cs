using Qwen2Audio.Audio;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Evaluation.Pages;

/// <summary>The sound of a demonstration: spoken, or a recording.</summary>
public sealed record DemoSound
{
    /// <summary>The text that was spoken; null for a recording.</summary>
    public string? Text { get; init; }

    /// <summary>Its words in normal form.</summary>
    public IReadOnlyList<string> SpokenWords { get; init; } = [];

    /// <summary>The name of the voice, or of the recording's file.</summary>
    public required string Source { get; init; }

    /// <summary>The sound, one channel.</summary>
    public required AudioClip Clip { get; init; }

    /// <summary>Its tokens, [frames, codebooks].</summary>
    public required IReadOnlyList<int> Codes { get; init; }

    /// <summary>Number of codebooks.</summary>
    public required int Codebooks { get; init; }

    /// <summary>Entries of a codebook.</summary>
    public required int Entries { get; init; }

    /// <summary>Frames a second.</summary>
    public required double FrameRate { get; init; }

    /// <summary>The tokens as sound again; null if the sound was made from them.</summary>
    public AudioClip? Decoded { get; init; }

    /// <summary>Warnings about the text or the recording.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>What a demonstration made and heard.</summary>
/// <param name="Sound">The sound.</param>
/// <param name="Transcription">What was heard.</param>
/// <param name="Classification">What it is.</param>
public sealed record DemoResult(DemoSound Sound, Transcription Transcription, Classification Classification)
{
    /// <summary>All warnings, each once.</summary>
    public IReadOnlyList<string> Warnings { get; } =
        [.. Sound.Warnings.Concat(Transcription.Warnings.Concat(Classification.Warnings).Select(warning => warning.Text)).Distinct(StringComparer.Ordinal)];
}

using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks;

/// <summary>Choices for the transcriber; what is left null comes from the model's generation_config.json.</summary>
public sealed record TranscriberOptions
{
    /// <summary>How the text is chosen.</summary>
    public Decoding Decoding { get; init; } = Decoding.Combined;

    /// <summary>Candidates kept by the beam searches (field <c>ctc_beam</c>, else 8).</summary>
    public int? BeamWidth { get; init; }

    /// <summary>Share of the CTC score in <see cref="Decoding.Combined"/>, 0…1 (field <c>ctc_weight</c>, else 0.7).</summary>
    public double? CtcWeight { get; init; }

    /// <summary>Whether the model is first asked if this is speech, so that other sounds give no words.</summary>
    public bool SpeechGate { get; init; } = true;

    /// <summary>Least probability of speech for words to be looked for (field <c>speech_threshold</c>, else 0.5).</summary>
    public double? SpeechThreshold { get; init; }

    /// <summary>Longest piece in seconds; longer audio is split at pauses. The model's own limit applies beside it.</summary>
    public double MaxPieceSeconds { get; init; } = 15;
}

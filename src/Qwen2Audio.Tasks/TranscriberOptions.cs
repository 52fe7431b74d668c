using Qwen2Audio.Tasks.Recognition;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks;

/// <summary>Options of the transcriber. Null settings come from the model's generation_config.json.</summary>
public sealed record TranscriberOptions
{
    /// <summary>How the text is chosen.</summary>
    public Decoding Decoding { get; init; } = Decoding.Combined;

    /// <summary>Width of the beam searches (field <c>ctc_beam</c>, otherwise 8).</summary>
    public int? BeamWidth { get; init; }

    /// <summary>Weight of the CTC score in <see cref="Decoding.Combined"/>, 0…1 (field <c>ctc_weight</c>, otherwise 0.7).</summary>
    public double? CtcWeight { get; init; }

    /// <summary>
    /// Whether the decoder first decides if the audio is speech, so that other sounds give no words. If the model is calibrated, audio whose words are clearly recognised (no <c>out-of-domain</c> warning) is speech, too,
    /// unless <see cref="SpeechThreshold"/> is set.
    /// </summary>
    public bool SpeechGate { get; init; } = true;

    /// <summary>Minimum probability of speech for a transcription (field <c>speech_threshold</c>, otherwise 0.5).</summary>
    public double? SpeechThreshold { get; init; }

    /// <summary>Whether to give words as they are heard, in small letters without punctuation, although the model's folder has a punctuation model.</summary>
    public bool Plain { get; init; }

    /// <summary>Maximum piece length in seconds; longer audio is split at pauses. The model's own limit applies as well. Without effect on an <see cref="EncodedClip"/>.</summary>
    public double MaxPieceSeconds { get; init; } = ClipEncoder.MaxPieceSeconds;
}

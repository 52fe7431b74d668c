namespace Qwen2Audio.Tasks.Synthesis;

/// <summary>How a text is spoken.</summary>
public sealed record SynthesisOptions
{
    /// <summary>Name of the voice; null: the first one.</summary>
    public string? Voice { get; init; }

    /// <summary>Speaks like a recording instead, from <see cref="Synthesizer.EmbedSpeaker(string, CancellationToken)"/>; null: in a voice of the model.</summary>
    public ReferenceVoice? VoiceFrom { get; init; }

    /// <summary>Speed relative to that of the voice's recordings, 0.25 to 4. No phone is shorter than a frame, so that the highest speeds are not quite reached.</summary>
    public double Speed { get; init; } = 1;

    /// <summary>Temperature of the draws; null: the model's; 0: the most probable codes, which are understood far worse (docs/log.md, 2026-11-30).</summary>
    public double? Temperature { get; init; }

    /// <summary>Scale of classifier-free guidance: how strongly the text guides the draws, compared with the same frames without text; null: the model's; 1: no guidance. Any other number takes longer, since the decoder computes two rows for each frame.</summary>
    public double? Guidance { get; init; }

    /// <summary>Scale of classifier-free guidance by the voice: how strongly voice or <see cref="VoiceFrom"/> guides the draws, compared with an unknown speaker; null: the model's; 1: no guidance. Any other number takes longer.</summary>
    public double? VoiceGuidance { get; init; }

    /// <summary>Seed of the draws.</summary>
    public ulong Seed { get; init; }

    /// <summary>Frames of the first piece of a sentence.</summary>
    internal int FirstFrames { get; init; } = 8;

    /// <summary>Frames of the longest piece.</summary>
    internal int MostFrames { get; init; } = 32;
}

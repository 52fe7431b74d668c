namespace Qwen2Audio.Inference.Codec;

/// <summary>Frames that follow each other in time: a piece of a sound, or a whole chunk of a codec that has chunks.</summary>
/// <param name="Codes">[frames, stages].</param>
/// <param name="Stages">Codes of a frame: how many codebooks are used.</param>
/// <param name="Scale">What the decoded samples are multiplied by; 1 unless the codec normalises.</param>
public sealed record CodecFrames(IReadOnlyList<int> Codes, int Stages, float Scale = 1)
{
    /// <summary>Frames.</summary>
    public int Count => Codes.Count / Stages;
}

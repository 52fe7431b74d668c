namespace Qwen2Audio.Inference.Codec;

/// <summary>Consecutive frames: a piece of a stream, or a chunk of a codec with chunks.</summary>
/// <param name="Codes">[frames, stages].</param>
/// <param name="Stages">Codes per frame: the number of codebooks used.</param>
/// <param name="Scale">Factor of the decoded samples; 1 unless the codec normalises.</param>
public sealed record CodecFrames(IReadOnlyList<int> Codes, int Stages, float Scale = 1)
{
    /// <summary>Number of frames.</summary>
    public int Count => Codes.Count / Stages;

    /// <summary>The first frames.</summary>
    public CodecFrames First(int frames) => this with { Codes = [.. Codes.Take(frames * Stages)] };

    /// <summary>The frames from one on.</summary>
    public CodecFrames From(int frame) => this with { Codes = [.. Codes.Skip(frame * Stages)] };
}

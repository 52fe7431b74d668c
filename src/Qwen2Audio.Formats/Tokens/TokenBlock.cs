namespace Qwen2Audio.Formats.Tokens;

/// <summary>Consecutive frames of a token file.</summary>
/// <param name="FirstFrame">Number of its first frame in the file, from 0.</param>
/// <param name="Codes">[frames, codebooks].</param>
/// <param name="Scale">Factor applied to the decoded samples.</param>
public sealed record TokenBlock(long FirstFrame, int[] Codes, float Scale);

namespace Qwen2Audio.Training.Codec;

/// <summary>How far what a codec makes of a dataset's validation recordings is from them.</summary>
/// <param name="Dataset">The dataset.</param>
/// <param name="Clips">Recordings.</param>
/// <param name="Figures">Means over the recordings; lower is better.</param>
public sealed record CodecFigures(string Dataset, int Clips, IReadOnlyList<(string Name, double Value)> Figures);

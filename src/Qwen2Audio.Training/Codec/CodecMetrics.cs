namespace Qwen2Audio.Training.Codec;

/// <summary>Distances between a dataset's validation recordings and a codec's reconstructions.</summary>
/// <param name="Dataset">The dataset.</param>
/// <param name="Clips">Number of recordings.</param>
/// <param name="Figures">Means over the recordings; lower is better.</param>
public sealed record CodecMetrics(string Dataset, int Clips, IReadOnlyList<(string Name, double Value)> Figures);

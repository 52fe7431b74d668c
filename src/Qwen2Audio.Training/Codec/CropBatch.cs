namespace Qwen2Audio.Training.Codec;

/// <summary>Crops of a step.</summary>
/// <param name="Sounds">[crops, samples].</param>
/// <param name="Books">Number of codebooks that each crop uses.</param>
/// <param name="Names">The recordings.</param>
internal sealed record CropBatch(float[] Sounds, int[] Books, IReadOnlyList<string> Names);

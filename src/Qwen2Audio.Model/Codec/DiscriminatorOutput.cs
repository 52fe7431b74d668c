namespace Qwen2Audio.Model.Codec;

/// <summary>A discriminator's output for waveforms.</summary>
/// <param name="Scores">[rows, 1]: high for recordings.</param>
/// <param name="Features">Output of each layer before the last, [rows, channels].</param>
public sealed record DiscriminatorOutput<T>(T Scores, IReadOnlyList<T> Features);

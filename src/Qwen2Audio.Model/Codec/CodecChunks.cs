namespace Qwen2Audio.Model.Codec;

/// <summary>Settings of a codec that divides audio into chunks, encodes each separately and cross-fades them (EnCodec at 48 kHz).</summary>
/// <param name="Length">Samples per chunk; the last chunks of a signal are shorter.</param>
/// <param name="Stride">Samples between chunks.</param>
public readonly record struct CodecChunks(int Length, int Stride);

namespace Qwen2Audio.Model.Codec;

/// <summary>A codec that takes a sound apart into chunks, which it encodes each by itself and fades into each other (EnCodec at 48 kHz).</summary>
/// <param name="Length">Samples of a chunk; the last ones of a sound are shorter.</param>
/// <param name="Stride">Samples from one chunk to the next.</param>
public readonly record struct CodecChunks(int Length, int Stride);

namespace Qwen2Audio.Model.AudioEncoder;

/// <summary>
/// Chunked attention of the encoder, for streaming (arXiv 2012.05481): a row sees the rows of its chunk and of <paramref name="Left"/> chunks before
/// it, and convolutions see nothing after the chunk (arXiv 2304.09325).
/// </summary>
/// <param name="Rows">Encoder rows of a chunk, an even number, so that no averaged pair crosses chunks.</param>
/// <param name="Left">Earlier chunks that a row attends to.</param>
public readonly record struct EncoderChunks(int Rows, int Left);

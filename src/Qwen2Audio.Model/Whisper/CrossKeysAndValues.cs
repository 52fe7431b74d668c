namespace Qwen2Audio.Model.Whisper;

/// <summary>
/// Keys and values of each decoder layer's cross-attention to a batch of clips. They depend on the audio only and are
/// computed once for all tokens. They are ordinary results, so the operator set must keep them during decoding.
/// </summary>
/// <param name="Layers">Keys and values of each decoder layer, [audio rows, width] each.</param>
/// <param name="Rows">Their layout, one sequence per clip.</param>
public sealed record CrossKeysAndValues<T>(IReadOnlyList<(T Keys, T Values)> Layers, Layout Rows);

namespace Qwen2Audio.Inference.Generation.Processors;

/// <summary>Changes logits depending on the ids before them, in place and without managed memory.</summary>
internal interface ILogitsProcessor
{
    /// <summary>
    /// Changes the <paramref name="logits"/> [vocabulary] of the token after <paramref name="ids"/>. The first
    /// <paramref name="promptLength"/> ids are the prompt.
    /// </summary>
    void Apply(Span<float> logits, ReadOnlySpan<int> ids, int promptLength);
}

namespace Qwen2Audio.Inference.Generation.Rules;

/// <summary>Changes logits depending on the ids before them, in place and without managed memory.</summary>
internal interface ILogitsRule
{
    /// <summary>
    /// Changes the <paramref name="logits"/> [vocabulary] of the token after <paramref name="ids"/>. The first
    /// <paramref name="promptLength"/> ids are the prompt.
    /// </summary>
    void Apply(Span<float> logits, ReadOnlySpan<int> ids, int promptLength);
}

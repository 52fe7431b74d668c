namespace Qwen2Audio.Inference.Generation.Rules;

/// <summary>Changes logits by what stands before them, in place and without managed memory.</summary>
internal interface ILogitsRule
{
    /// <summary>
    /// Changes the <paramref name="logits"/> [vocabulary] of what follows <paramref name="ids"/>, of which the first
    /// <paramref name="promptLength"/> are the prompt's.
    /// </summary>
    void Apply(Span<float> logits, ReadOnlySpan<int> ids, int promptLength);
}

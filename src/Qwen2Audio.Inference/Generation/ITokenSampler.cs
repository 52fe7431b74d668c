namespace Qwen2Audio.Inference.Generation;

/// <summary>Chooses the next token of a sequence.</summary>
public interface ITokenSampler
{
    /// <summary>
    /// Chooses a token from logits [vocabulary], which may be overwritten. The logits processors of <see cref="GenerationOptions"/> have been applied:
    /// tokens that are not allowed are −∞.
    /// </summary>
    int Choose(Span<float> logits, in TokenContext context);
}

/// <summary>A sequence at the time its next token is chosen.</summary>
public readonly ref struct TokenContext
{
    internal TokenContext(int sequence, ReadOnlySpan<int> ids, int promptLength)
    {
        Sequence = sequence;
        Ids = ids;
        PromptLength = promptLength;
    }

    /// <summary>The sequence's number in the original batch.</summary>
    public int Sequence { get; }

    /// <summary>Ids of the prompt, if known, and of the generated tokens.</summary>
    public ReadOnlySpan<int> Ids { get; }

    /// <summary>How many of <see cref="Ids"/> belong to the prompt.</summary>
    public int PromptLength { get; }

    /// <summary>Number of tokens generated so far, which is the index of this step.</summary>
    public int Made => Ids.Length - PromptLength;
}

/// <summary>Chooses the token with the largest logit; among equal ones the first.</summary>
internal sealed class GreedySampler : ITokenSampler
{
    public int Choose(Span<float> logits, in TokenContext context) => Choose(logits, context.Sequence);

    /// <summary>Chooses from a row of logits; the error names <paramref name="sequence"/>.</summary>
    /// <exception cref="InvalidOperationException">No logit is greater than −∞.</exception>
    public int Choose(ReadOnlySpan<float> logits, int sequence)
    {
        var best = -1;
        var most = float.NegativeInfinity;
        for (var i = 0; i < logits.Length; i++)
        {
            if (!(logits[i] > most)) continue;
            most = logits[i];
            best = i;
        }

        if (best >= 0) return best;
        NonFiniteOutputException.ThrowIfAny(logits);
        throw new InvalidOperationException($"Sequence {sequence}: no token is allowed.");
    }
}

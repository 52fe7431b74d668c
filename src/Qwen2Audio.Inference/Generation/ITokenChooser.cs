namespace Qwen2Audio.Inference.Generation;

/// <summary>Chooses the next token of a sequence.</summary>
public interface ITokenChooser
{
    /// <summary>
    /// A token by its logits [vocabulary], which may be overwritten; the rules of <see cref="GenerationOptions"/> have been applied,
    /// and tokens that may not be chosen are −∞.
    /// </summary>
    int Choose(Span<float> logits, in TokenContext context);
}

/// <summary>What a sequence holds when its next token is chosen.</summary>
public readonly ref struct TokenContext
{
    internal TokenContext(int sequence, ReadOnlySpan<int> ids, int promptLength)
    {
        Sequence = sequence;
        Ids = ids;
        PromptLength = promptLength;
    }

    /// <summary>The sequence's number in the batch that decoding began with.</summary>
    public int Sequence { get; }

    /// <summary>Ids of the prompt and of what was made so far. Of a prompt whose ids were not told, only the latter.</summary>
    public ReadOnlySpan<int> Ids { get; }

    /// <summary>How many of <see cref="Ids"/> are the prompt's.</summary>
    public int PromptLength { get; }

    /// <summary>Tokens that were made: the number of this step.</summary>
    public int Made => Ids.Length - PromptLength;
}

/// <summary>The token with the largest logit; of equal ones the first.</summary>
internal sealed class GreedyChooser : ITokenChooser
{
    /// <inheritdoc/>
    public int Choose(Span<float> logits, in TokenContext context) => Choose(logits, context.Sequence);

    /// <summary>The choice for a row of logits; <paramref name="sequence"/> names it in the error.</summary>
    /// <exception cref="InvalidOperationException">No logit is a number above −∞.</exception>
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
        throw new InvalidOperationException($"Sequence {sequence}: no token may be chosen.");
    }
}

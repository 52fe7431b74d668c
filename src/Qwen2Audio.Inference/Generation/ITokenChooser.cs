namespace Qwen2Audio.Inference;

/// <summary>Chooses the next token of a sequence.</summary>
public interface ITokenChooser
{
    /// <summary>
    /// A token by its logits [vocabulary], which may be overwritten; suppressed tokens are −∞. <paramref name="sequence"/> is the
    /// sequence's number in the batch that decoding began with.
    /// </summary>
    int Choose(Span<float> logits, int sequence);
}

/// <summary>The token with the largest logit; of equal ones the first.</summary>
public sealed class GreedyChooser : ITokenChooser
{
    /// <inheritdoc/>
    public int Choose(Span<float> logits, int sequence)
    {
        var best = -1;
        var most = float.NegativeInfinity;
        for (var i = 0; i < logits.Length; i++)
        {
            if (!(logits[i] > most)) continue;
            most = logits[i];
            best = i;
        }

        return best >= 0 ? best : throw new InvalidOperationException($"Sequence {sequence}: no logit is a number above −∞.");
    }
}

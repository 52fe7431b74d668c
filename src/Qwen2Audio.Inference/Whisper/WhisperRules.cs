using Qwen2Audio.Numerics.Probabilities;

namespace Qwen2Audio.Inference.Whisper;

/// <summary>
/// Which tokens may follow, as the reference has it (openai/whisper <c>decoding.py</c>; transformers
/// <c>WhisperTimeStampLogitsProcessor</c>): suppressed tokens; timestamps in pairs except before the end, never going back, the first one
/// at the very beginning and not too late; and a timestamp wherever all timestamps together are likelier than every text token.
/// </summary>
internal sealed class WhisperRules(WhisperTokens tokens)
{
    /// <summary>Sets the logits [vocabulary] of tokens that may not follow <paramref name="made"/> (the prefix left out) to −∞.</summary>
    public void Apply(Span<float> logits, ReadOnlySpan<int> made, bool timestamps)
    {
        foreach (var token in tokens.Suppressed) logits[token] = float.NegativeInfinity;
        if (made.IsEmpty)
            foreach (var token in tokens.SuppressedFirst) logits[token] = float.NegativeInfinity;
        if (timestamps) Timestamps(logits, made);
    }

    private void Timestamps(Span<float> logits, ReadOnlySpan<int> made)
    {
        var first = tokens.FirstTimestamp;
        logits[tokens.NoTimestamps] = float.NegativeInfinity;
        var lastIsTime = made.Length > 0 && made[^1] >= first;
        var oneBeforeIsTime = made.Length < 2 || made[^2] >= first;
        if (lastIsTime && oneBeforeIsTime) logits[first..].Fill(float.NegativeInfinity);              // a pair is complete: text follows
        else if (lastIsTime) logits[..tokens.End].Fill(float.NegativeInfinity);                       // its other half, or the end

        for (var i = made.Length - 1; i >= 0; i--)
        {
            if (made[i] < first) continue;
            var least = lastIsTime && !oneBeforeIsTime ? made[i] : made[i] + 1;                       // a segment is not empty
            logits[first..Math.Min(least, logits.Length)].Fill(float.NegativeInfinity);
            break;
        }

        if (made.IsEmpty)
        {
            logits[..first].Fill(float.NegativeInfinity);
            if (tokens.MaxInitialTimestamp is { } most && first + most + 1 < logits.Length)
                logits[(first + most + 1)..].Fill(float.NegativeInfinity);
        }

        if (LogSumExp.Of(logits[first..]) > Largest(logits[..first])) logits[..first].Fill(float.NegativeInfinity);
    }

    private static float Largest(ReadOnlySpan<float> logits)
    {
        var most = float.NegativeInfinity;
        foreach (var x in logits) most = MathF.Max(most, x);
        return most;
    }
}

using Qwen2Audio.Numerics.Probabilities;

namespace Qwen2Audio.Inference.Whisper;

/// <summary>
/// Which tokens are allowed, as in the reference (openai/whisper <c>decoding.py</c>; transformers
/// <c>WhisperTimeStampLogitsProcessor</c>). Suppressed tokens are excluded. Timestamps come in pairs except before the end, never decrease,
/// and the text starts with one that is not too late. A timestamp is forced when all timestamps together are more probable than every text token.
/// </summary>
internal sealed class WhisperRules(WhisperTokens tokens)
{
    /// <summary>Sets the logits [vocabulary] of tokens that are not allowed after <paramref name="generated"/> (without the prefix) to −∞.</summary>
    public void Apply(Span<float> logits, ReadOnlySpan<int> generated, bool timestamps)
    {
        foreach (var token in tokens.Suppressed) logits[token] = float.NegativeInfinity;
        if (generated.IsEmpty)
            foreach (var token in tokens.SuppressedFirst) logits[token] = float.NegativeInfinity;
        if (timestamps) Timestamps(logits, generated);
    }

    private void Timestamps(Span<float> logits, ReadOnlySpan<int> generated)
    {
        var first = tokens.FirstTimestamp;
        logits[tokens.NoTimestamps] = float.NegativeInfinity;
        var lastIsTime = generated.Length > 0 && generated[^1] >= first;
        var oneBeforeIsTime = generated.Length < 2 || generated[^2] >= first;
        if (lastIsTime && oneBeforeIsTime) logits[first..].Fill(float.NegativeInfinity);              // a pair is complete: text follows
        else if (lastIsTime) logits[..tokens.End].Fill(float.NegativeInfinity);                       // its other half, or the end

        for (var i = generated.Length - 1; i >= 0; i--)
        {
            if (generated[i] < first) continue;
            var least = lastIsTime && !oneBeforeIsTime ? generated[i] : generated[i] + 1;                       // no empty segment
            logits[first..Math.Min(least, logits.Length)].Fill(float.NegativeInfinity);
            break;
        }

        if (generated.IsEmpty)
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

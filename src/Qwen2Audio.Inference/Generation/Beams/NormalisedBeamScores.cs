using Qwen2Audio.Inference.Generation.Processors;
using Qwen2Audio.Numerics.Probabilities;

namespace Qwen2Audio.Inference.Generation.Beams;

/// <summary>The log softmax over the tokens that the processors allow, as in greedy decoding (openai/whisper): probabilities sum to 1.</summary>
internal sealed class NormalisedBeamScores(ILogitsProcessor processor) : IBeamScores
{
    public bool Apply(Span<float> logits, ReadOnlySpan<int> ids, int promptLength)
    {
        processor.Apply(logits, ids, promptLength);
        var sum = LogSumExp.Of(logits);
        if (double.IsNegativeInfinity(sum)) return true; // no token is allowed: the beam ends here
        foreach (ref var x in logits) x = (float)(x - sum);
        return double.IsFinite(sum);
    }
}

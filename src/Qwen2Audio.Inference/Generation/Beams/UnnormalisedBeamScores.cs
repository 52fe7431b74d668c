using Qwen2Audio.Inference.Generation.Processors;
using Qwen2Audio.Numerics.Probabilities;

namespace Qwen2Audio.Inference.Generation.Beams;

/// <summary>The log softmax over all tokens, to which the processors are then applied (transformers' generate): the remaining probabilities do not sum to 1.</summary>
internal sealed class UnnormalisedBeamScores(ILogitsProcessor processor) : IBeamScores
{
    public bool Apply(Span<float> logits, ReadOnlySpan<int> ids, int promptLength)
    {
        var sum = (float)LogSumExp.Of(logits);
        if (!float.IsFinite(sum)) return false;
        foreach (ref var x in logits) x -= sum;
        processor.Apply(logits, ids, promptLength);
        return true;
    }
}

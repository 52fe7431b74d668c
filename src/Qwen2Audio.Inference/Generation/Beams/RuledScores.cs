using Qwen2Audio.Inference.Generation.Rules;
using Qwen2Audio.Numerics.Probabilities;

namespace Qwen2Audio.Inference.Generation.Beams;

/// <summary>The log softmax over all tokens, after which the rules are applied (transformers' generate): the remaining probabilities do not sum to 1.</summary>
internal sealed class RuledScores(ILogitsRule rules) : IBeamScores
{
    public bool Apply(Span<float> logits, ReadOnlySpan<int> ids, int promptLength)
    {
        var sum = (float)LogSumExp.Of(logits);
        if (!float.IsFinite(sum)) return false;
        foreach (ref var x in logits) x -= sum;
        rules.Apply(logits, ids, promptLength);
        return true;
    }
}

using Qwen2Audio.Inference.Rules;

namespace Qwen2Audio.Inference.Beams;

/// <summary>The log softmax, to which the rules are applied (transformers' generate): what they leave does not sum up to 1.</summary>
internal sealed class RuledScores(LogitsRules rules) : IBeamScores
{
    public bool Apply(Span<float> logits, ReadOnlySpan<int> ids, int promptLength)
    {
        var sum = (float)LogSum.Of(logits);
        if (float.IsNaN(sum)) return false;
        foreach (ref var x in logits) x -= sum;
        rules.Apply(logits, ids, promptLength);
        return true;
    }
}

namespace Qwen2Audio.Inference.Generation.Rules;

/// <summary>For each distinct id that occurs: x · penalty below 0, else x / penalty.</summary>
internal sealed class RepetitionPenaltyRule(float penalty) : ILogitsRule
{
    private bool[] _seen = [];

    public void Apply(Span<float> logits, ReadOnlySpan<int> ids, int promptLength)
    {
        if (_seen.Length < logits.Length) _seen = new bool[logits.Length];
        foreach (var id in ids)
        {
            if ((uint)id >= (uint)logits.Length || _seen[id]) continue;
            _seen[id] = true;
            ref var x = ref logits[id];
            x = x < 0 ? x * penalty : x / penalty;
        }

        foreach (var id in ids)
            if ((uint)id < (uint)logits.Length) _seen[id] = false;
    }
}

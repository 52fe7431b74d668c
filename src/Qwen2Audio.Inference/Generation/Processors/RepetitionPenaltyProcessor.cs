namespace Qwen2Audio.Inference.Generation.Processors;

/// <summary>For the logit x of each id that has occurred: x · penalty below 0, otherwise x / penalty.</summary>
internal sealed class RepetitionPenaltyProcessor(float penalty) : ILogitsProcessor
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

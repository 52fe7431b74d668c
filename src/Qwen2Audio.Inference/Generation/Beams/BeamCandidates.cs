namespace Qwen2Audio.Inference.Generation.Beams;

/// <summary>The best one-token continuations of a prompt's beams, best first; among equal ones in the order offered.</summary>
internal sealed class BeamCandidates(int capacity)
{
    private readonly (double Sum, int Beam, int Token, float LogProbability)[] _best = new (double, int, int, float)[capacity];

    public int Count { get; private set; }

    public (double Sum, int Beam, int Token, float LogProbability) this[int place] => _best[place];

    public void Clear() => Count = 0;

    /// <summary>Offers every allowed token after a beam whose log probabilities sum to <paramref name="sum"/>.</summary>
    public void Offer(int beam, double sum, ReadOnlySpan<float> logProbabilities)
    {
        for (var token = 0; token < logProbabilities.Length; token++)
        {
            var logProbability = logProbabilities[token];
            var total = sum + logProbability;
            if (float.IsNegativeInfinity(logProbability) || (Count == capacity && total <= _best[^1].Sum)) continue;
            var place = Count == capacity ? capacity - 1 : Count++;
            for (; place > 0 && _best[place - 1].Sum < total; place--) _best[place] = _best[place - 1];
            _best[place] = (total, beam, token, logProbability);
        }
    }
}

namespace Qwen2Audio.Inference.Generation.Sampling;

/// <summary>
/// Temperature, top-k, top-p and min-p, in this order and in place: removed logits become −∞. Values are float32, sums of
/// probabilities float64. Among equal logits at the top-p bound the first ones are kept. For one sequence at a time.
/// </summary>
internal sealed class SamplingFilter(GenerationOptions options)
{
    private readonly float _temperature = (float)options.Temperature;
    private readonly int _topK = options.TopK;
    private readonly double _topP = options.TopP;
    private readonly double _minP = options.MinP;
    private float[] _work = [];

    /// <summary>Filters logits [vocabulary]. Returns the largest.</summary>
    public float Apply(Span<float> logits)
    {
        if (_temperature != 1)
            foreach (ref var x in logits) x /= _temperature;
        var most = float.NegativeInfinity;
        foreach (var x in logits) most = MathF.Max(most, x);
        if (!float.IsFinite(most)) return most;
        if (_topK > 0 && _topK < logits.Length) KeepLargest(logits, _topK);
        if (_topP < 1) KeepNucleus(logits, most);
        if (_minP > 0)
        {
            foreach (ref var x in logits)
                if (x < most && MathF.Exp(x - most) < _minP) x = float.NegativeInfinity;
        }

        return most;
    }

    /// <summary>Draws an index with weights e^(x − most); <paramref name="uniform"/> is in [0, 1).</summary>
    public static int Draw(ReadOnlySpan<float> logits, float maximum, double uniform)
    {
        var goal = uniform * Weight(logits, maximum);
        var sum = 0.0;
        var last = -1;
        for (var i = 0; i < logits.Length; i++)
        {
            if (float.IsNegativeInfinity(logits[i])) continue;
            sum += MathF.Exp(logits[i] - maximum);
            last = i;
            if (sum > goal) break;
        }

        return last;
    }

    private static double Weight(ReadOnlySpan<float> logits, float maximum)
    {
        var sum = 0.0;
        foreach (var x in logits)
            if (!float.IsNegativeInfinity(x)) sum += MathF.Exp(x - maximum);
        return sum;
    }

    private void KeepLargest(Span<float> logits, int count)
    {
        var candidates = Candidates(logits);
        if (count >= candidates.Length) return;
        var least = LargestLogits.Kth(candidates, count);
        foreach (ref var x in logits)
            if (x < least) x = float.NegativeInfinity;
    }

    private void KeepNucleus(Span<float> logits, float maximum)
    {
        var (bound, equal) = LargestLogits.Nucleus(Candidates(logits), maximum, _topP * Weight(logits, maximum));
        foreach (ref var x in logits)
            if (x < bound || (x == bound && --equal < 0)) x = float.NegativeInfinity;
    }

    /// <summary>The logits that were not removed, in a buffer of this filter.</summary>
    private Span<float> Candidates(ReadOnlySpan<float> logits)
    {
        if (_work.Length < logits.Length) _work = new float[logits.Length];
        var count = 0;
        foreach (var x in logits)
            if (!float.IsNegativeInfinity(x)) _work[count++] = x;
        return _work.AsSpan(0, count);
    }
}

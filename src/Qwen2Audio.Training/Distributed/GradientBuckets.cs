using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Distributed;

/// <summary>
/// The gradients of a parameter set in buckets of a few megabytes. Each is summed over the ranks as soon as the backward pass has finished
/// all its parameters. All ranks start the sums in the same order, that of a backward pass: parameters that
/// the model requested last come first.
/// </summary>
internal sealed class GradientBuckets : IBackwardObserver
{
    private const int Target = 1 << 19; // elements: 2 MB
    private readonly List<Bucket> _buckets = [];
    private readonly Dictionary<Parameter, Bucket> _of = [];
    private readonly ICollectives _exchange;
    private bool _finite;
    private int _begun;

    /// <summary>Divides the trained parameters of a set, whose storage is allocated, into buckets.</summary>
    public GradientBuckets(ParameterSet parameters, ICollectives exchange, int target = Target)
    {
        _exchange = exchange;
        var order = parameters.Parameters.Select((parameter, i) => (parameter, i)).ToDictionary(pair => pair.parameter, pair => pair.i);
        Bucket? open = null;
        foreach (var (parameter, start, count) in parameters.GradientRanges())
        {
            if (open is null || open.Count >= target) _buckets.Add(open = new Bucket { Start = start });
            open.Count = start + count - open.Start;
            open.First = Math.Min(open.First, order[parameter]);
            open.Parameters++;
            _of[parameter] = open;
        }

        foreach (var bucket in _buckets) bucket.Values = parameters.Gradients.ColumnRange(bucket.Start, bucket.Count);
        _buckets.Sort((a, b) => b.First.CompareTo(a.First));
    }

    /// <summary>Call it before a backward pass.</summary>
    public void Begin()
    {
        (_begun, _finite) = (0, true);
        foreach (var bucket in _buckets) bucket.Left = bucket.Parameters;
    }

    public void Final(Parameter parameter)
    {
        if (!_of.TryGetValue(parameter, out var bucket)) return;
        bucket.Left--;
        for (; _begun < _buckets.Count && _buckets[_begun].Left == 0; _begun++) BeginSum(_buckets[_begun]);
    }

    public void Between()
    {
        for (var i = 0; i < _begun; i++)
            if (_buckets[i].Request != 0 && _exchange.IsDone(ref _buckets[i].Request)) _buckets[i].Request = 0;
    }

    /// <summary>Sums the remaining buckets, including parameters that this pass did not reach, and waits for all; false when this rank's gradients were not finite.</summary>
    public bool Finish()
    {
        for (; _begun < _buckets.Count; _begun++) BeginSum(_buckets[_begun]);
        foreach (var bucket in _buckets)
        {
            if (bucket.Request != 0) _exchange.Wait(ref bucket.Request);
            bucket.Request = 0;
        }

        return _finite;
    }

    private void BeginSum(Bucket bucket)
    {
        _finite &= IsFinite(bucket.Values.Span);
        bucket.Request = _exchange.BeginSum(bucket.Values);
    }

    // x · 0 is 0 unless x is not finite
    private static bool IsFinite(ReadOnlySpan<float> values)
    {
        var (a, b, c, d) = (0f, 0f, 0f, 0f);
        var i = 0;
        for (; i + 4 <= values.Length; i += 4)
        {
            a += values[i] * 0f;
            b += values[i + 1] * 0f;
            c += values[i + 2] * 0f;
            d += values[i + 3] * 0f;
        }

        for (; i < values.Length; i++) a += values[i] * 0f;
        return a + b + c + d == 0;
    }

    private sealed class Bucket
    {
        public int Start;
        public int Count;
        public int First = int.MaxValue;
        public int Parameters;
        public int Left;
        public Matrix Values;
        public nint Request;
    }
}

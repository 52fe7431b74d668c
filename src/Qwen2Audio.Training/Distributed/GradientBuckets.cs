using Qwen2Audio.Numerics;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Distributed;

/// <summary>
/// The gradients of a parameter set in stretches of a few megabytes, each summed over the ranks as soon as the backward pass has finished
/// with all parameters in it. All ranks begin the sums in the same order: that in which a backward pass reaches the parameters, those that
/// the model asked for last coming first.
/// </summary>
internal sealed class GradientBuckets : IBackwardObserver
{
    private const int Target = 1 << 19; // numbers: 2 MB
    private readonly List<Bucket> _buckets = [];
    private readonly Dictionary<Parameter, Bucket> _of = [];
    private readonly IExchange _exchange;
    private int _begun;

    /// <summary>Cuts the trained parameters of a set, whose storage is laid out.</summary>
    public GradientBuckets(ParameterSet parameters, IExchange exchange)
    {
        _exchange = exchange;
        var order = parameters.Parameters.Select((parameter, i) => (parameter, i)).ToDictionary(pair => pair.parameter, pair => pair.i);
        Bucket? open = null;
        foreach (var (parameter, start, count) in parameters.GradientRanges())
        {
            if (open is null || open.Count >= Target) _buckets.Add(open = new Bucket { Start = start });
            open.Count = start + count - open.Start;
            open.First = Math.Min(open.First, order[parameter]);
            open.Parameters++;
            _of[parameter] = open;
        }

        foreach (var bucket in _buckets) bucket.Values = parameters.Gradients.ColumnRange(bucket.Start, bucket.Count);
        _buckets.Sort((a, b) => b.First.CompareTo(a.First));
    }

    /// <summary>Before a backward pass.</summary>
    public void Begin()
    {
        _begun = 0;
        foreach (var bucket in _buckets) bucket.Left = bucket.Parameters;
    }

    /// <inheritdoc/>
    public void Final(Parameter parameter)
    {
        if (!_of.TryGetValue(parameter, out var bucket)) return;
        bucket.Left--;
        for (; _begun < _buckets.Count && _buckets[_begun].Left == 0; _begun++) BeginSum(_buckets[_begun]);
    }

    /// <inheritdoc/>
    public void Between()
    {
        for (var i = 0; i < _begun; i++)
            if (_buckets[i].Request != 0 && _exchange.IsDone(ref _buckets[i].Request)) _buckets[i].Request = 0;
    }

    /// <summary>Sums what is left (parameters that this pass did not touch too) and waits for all.</summary>
    public void Finish()
    {
        for (; _begun < _buckets.Count; _begun++) BeginSum(_buckets[_begun]);
        foreach (var bucket in _buckets)
        {
            if (bucket.Request != 0) _exchange.Wait(ref bucket.Request);
            bucket.Request = 0;
        }
    }

    private void BeginSum(Bucket bucket) => bucket.Request = _exchange.BeginSum(bucket.Values);

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

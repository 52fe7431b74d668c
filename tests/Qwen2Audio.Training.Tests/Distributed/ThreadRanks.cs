using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Tests.Distributed;

/// <summary>Ranks that are threads of this process.</summary>
internal sealed class ThreadRanks : IRanks
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private readonly Shared _shared;
    private readonly Dictionary<ParameterSet, GradientBuckets> _buckets = [];
    private bool _observed;

    private ThreadRanks(Shared shared, int rank) => (_shared, Rank) = (shared, rank);

    public int Rank { get; }

    public int Count => _shared.Slots.Length;

    /// <summary>Runs the same on each rank.</summary>
    public static void Run(int count, Action<IRanks> body)
    {
        var shared = new Shared(count);
        var errors = new Exception?[count];
        var threads = Enumerable.Range(0, count).Select(rank => new Thread(() =>
        {
            try
            {
                body(new ThreadRanks(shared, rank));
            }
            catch (Exception exception)
            {
                errors[rank] = exception;
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        if (errors.OfType<Exception>().FirstOrDefault() is { } error) throw new InvalidOperationException(error.ToString(), error);
    }

    public void Enter(RankActivity section, long step)
    {
    }

    public void Sum(Span<double> values)
    {
        var all = Exchange(values.ToArray());
        values.Clear();
        foreach (double[] other in all)
            for (var i = 0; i < values.Length; i++) values[i] += other[i];
        Wait();
    }

    public void Broadcast(Span<byte> bytes)
    {
        ((byte[])Exchange(bytes.ToArray())[0]).CopyTo(bytes);
        Wait();
    }

    public IBackwardObserver? Observe(ParameterSet parameters) => Buckets(parameters);

    public bool FinishGradients(ParameterSet parameters)
    {
        if (!_observed) Buckets(parameters);
        _observed = false;
        return _buckets[parameters].Finish();
    }

    private GradientBuckets Buckets(ParameterSet parameters)
    {
        if (!_buckets.TryGetValue(parameters, out var buckets)) _buckets.Add(parameters, buckets = new GradientBuckets(parameters, _shared.Gradients.Of(Rank)));
        buckets.Begin();
        _observed = true;
        return buckets;
    }

    public void Finish()
    {
    }

    public void Dispose()
    {
    }

    private Array[] Exchange(Array mine)
    {
        _shared.Slots[Rank] = mine;
        Wait();
        return [.. _shared.Slots];
    }

    private void Wait()
    {
        if (!_shared.Barrier.SignalAndWait(Patience)) throw new TimeoutException("Another rank has ended.");
    }

    private sealed class Shared(int count)
    {
        public Array[] Slots { get; } = new Array[count];

        public ThreadCollectives.Meeting Gradients { get; } = new(count);

        public Barrier Barrier { get; } = new(count);
    }
}

using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Inference;

/// <summary>A worker pool and its turn queue, shared by all models of the process that use the same number of threads. Reference-counted: dispose it.</summary>
public sealed class SharedWorkers : IDisposable
{
    private static readonly Dictionary<int, Group> Groups = [];
    private readonly Group _group;
    private bool _disposed;

    private SharedWorkers(Group group) => _group = group;

    /// <summary>The pool; only the caller that holds the turn may compute with it.</summary>
    public WorkerPool Pool => _group.Pool;

    /// <summary>The queue of callers.</summary>
    public TurnQueue Turns => _group.Turns;

    /// <summary>The workers for this number of threads, including the caller's thread; 0: one per processor.</summary>
    public static SharedWorkers Of(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        var count = threads == 0 ? Environment.ProcessorCount : threads;
        lock (Groups)
        {
            if (!Groups.TryGetValue(count, out var group)) Groups.Add(count, group = new Group(new WorkerPool(count), new TurnQueue()));
            group.Users++;
            return new SharedWorkers(group);
        }
    }

    public void Dispose()
    {
        lock (Groups)
        {
            if (_disposed) return;
            _disposed = true;
            if (--_group.Users > 0) return;
            Groups.Remove(_group.Pool.Threads);
            _group.Pool.Dispose();
        }
    }

    private sealed record Group(WorkerPool Pool, TurnQueue Turns)
    {
        public int Users { get; set; }
    }
}

using System.Runtime.InteropServices;

namespace Qwen2Audio.Numerics.Threads;

/// <summary>
/// A fixed set of threads that share the items of one job after another. The calling thread is worker 0 and takes part.
/// Items are handed out by an atomic counter, so a busy core takes fewer, and a job ends with its last item: it does not wait for a thread
/// that the system has not scheduled yet. A kernel's result must not depend on which worker computes an item. Jobs do
/// not nest, and one thread at a time may start them. Starting a job allocates nothing.
/// </summary>
public sealed unsafe class WorkerPool : IDisposable
{
    private const int SpinsBeforeYield = 2_000; // about 0.1 ms
    private const int YieldsBeforeSleep = 5_000; // some milliseconds
    private const int CallerSpins = 500;
    private const long MinScratch = 1 << 16; // so that blocks that grow with the number of keys are not reallocated every few tokens
    private readonly Thread[] _threads;
    private readonly NativeBuffer?[] _scratch;
    private readonly object _gate = new();
    private delegate*<void*, int, int, void> _body;
    private void* _context;
    private int _count;
    private long _tickets; // number of the job · 2³² + items not yet handed out
    private int _unfinished;
    private uint _job;
    private int _sleepers;
    private volatile bool _stopping;
    private Exception? _failure;

    /// <summary>Starts <paramref name="threads"/> − 1 background threads; 0 means one per processor.</summary>
    public WorkerPool(int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        Threads = threads == 0 ? Environment.ProcessorCount : threads;
        _scratch = new NativeBuffer?[Threads + 1];
        _threads = new Thread[Threads - 1];
        for (var i = 0; i < _threads.Length; i++)
        {
            var worker = i + 1;
            _threads[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"worker {worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>Number of workers, the caller included.</summary>
    public int Threads { get; }

    /// <summary>
    /// Calls <paramref name="body"/>(context, item, worker) for every item of 0…count−1 and returns when all have ended.
    /// </summary>
    /// <exception cref="Exception">The first exception that an item threw, once all items that had started have ended.</exception>
    public void Run(int count, delegate*<void*, int, int, void> body, void* context)
    {
        if (count <= 0) return;
        if (Threads == 1 || count == 1)
        {
            for (var i = 0; i < count; i++) body(context, i, 0);
            return;
        }

        _body = body;
        _context = context;
        _count = count;
        _failure = null;
        Volatile.Write(ref _unfinished, count);
        // publishes the job; a full fence, so that either a thread about to sleep sees the job or this thread sees the sleeper
        Interlocked.Exchange(ref _tickets, (long)++_job << 32 | (uint)count);
        if (Volatile.Read(ref _sleepers) > 0) Wake();
        Drain(0);
        for (var spins = 0; Volatile.Read(ref _unfinished) > 0; spins++)
        {
            if (spins < CallerSpins) Thread.SpinWait(1); else Thread.Yield();
        }

        if (_failure is { } failure) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>
    /// As <see cref="Run"/>, for code outside of the kernels: calls <paramref name="body"/>(item, worker). The delegate is the
    /// caller's allocation.
    /// </summary>
    public void For(int count, Action<int, int> body)
    {
        var handle = GCHandle.Alloc(body);
        try
        {
            Run(count, &Invoke, (void*)GCHandle.ToIntPtr(handle));
        }
        finally
        {
            handle.Free();
        }

        static void Invoke(void* context, int item, int worker) =>
            ((Action<int, int>)GCHandle.FromIntPtr((nint)context).Target!)(item, worker);
    }

    /// <summary>
    /// Memory of at least <paramref name="length"/> values that belongs to <paramref name="worker"/> until its next request;
    /// worker = <see cref="Threads"/> is the block shared by all items of a job, which only the caller of a job requests.
    /// </summary>
    internal float* Scratch(int worker, long length)
    {
        var buffer = _scratch[worker];
        if (buffer is null || buffer.Length < length)
        {
            buffer?.Dispose();
            _scratch[worker] = buffer = new NativeBuffer(Math.Max(length + length / 4, MinScratch));
        }

        return buffer.Data;
    }

    /// <summary>Numbers of all workers' memory.</summary>
    internal long ScratchNumbers => _scratch.Sum(buffer => buffer?.Length ?? 0);

    public void Dispose()
    {
        if (_stopping) return;
        _stopping = true;
        Wake();
        foreach (var thread in _threads) thread.Join();
        foreach (var buffer in _scratch) buffer?.Dispose();
    }

    private bool HasItems => (uint)Volatile.Read(ref _tickets) > 0;

    private void Work(int worker)
    {
        var spins = 0;
        while (!_stopping)
        {
            if (HasItems)
            {
                Drain(worker);
                spins = 0;
            }
            else if (++spins < SpinsBeforeYield) Thread.SpinWait(1);
            else if (spins < SpinsBeforeYield + YieldsBeforeSleep) Thread.Yield();
            else Sleep();
        }
    }

    // A ticket shows that the job is not over, so body, context and count are this job's.
    private void Drain(int worker)
    {
        while (true)
        {
            var tickets = Volatile.Read(ref _tickets);
            var left = (uint)tickets;
            if (left == 0) return;
            if (Interlocked.CompareExchange(ref _tickets, tickets - 1, tickets) != tickets) continue;
            try
            {
                if (Volatile.Read(ref _failure) is null) _body(_context, _count - (int)left, worker);
            }
#pragma warning disable CA1031 // the worker's edge: the exception is carried to the caller of Run
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Interlocked.CompareExchange(ref _failure, exception, null);
            }

            Interlocked.Decrement(ref _unfinished);
        }
    }

    private void Sleep()
    {
        lock (_gate)
        {
            Interlocked.Increment(ref _sleepers);
            while (!HasItems && !_stopping) Monitor.Wait(_gate);
            Interlocked.Decrement(ref _sleepers);
        }
    }

    private void Wake()
    {
        lock (_gate) Monitor.PulseAll(_gate);
    }
}

namespace Qwen2Audio.Training.Data.Loading;

/// <summary>
/// Makes batches ahead, on other threads, and hands them out in order. What making one throws comes out of <see cref="Next"/> when it is
/// that batch's turn, and every time after; batches before it are not lost. <see cref="Next"/> is for one caller at a time.
/// </summary>
/// <typeparam name="T">A batch.</typeparam>
internal sealed class BatchLoader<T> : IDisposable
{
    private readonly Func<long, CancellationToken, T> _make;
    private readonly LoaderOptions _options;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskScheduler _threads;
    private readonly Queue<Task<T>> _ahead = new();
    private long _made;
    private bool _disposed;

    /// <summary>Begins to make batches.</summary>
    /// <param name="make">(step, cancellation) → batch; from several threads at once, so it must depend on the step alone.</param>
    /// <param name="first">The first step.</param>
    /// <param name="options">Threads and memory.</param>
    public BatchLoader(Func<long, CancellationToken, T> make, long first = 0, LoaderOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        _options = options ?? new LoaderOptions();
        ArgumentOutOfRangeException.ThrowIfNegative(_options.Threads, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_options.Ahead, nameof(options));
        (_make, Step, _made) = (make, first, first);
        _threads = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, Math.Max(1, _options.Threads)).ConcurrentScheduler;
        Fill();
    }

    /// <summary>The step whose batch <see cref="Next"/> gives next.</summary>
    public long Step { get; private set; }

    /// <summary>The batch of the next step.</summary>
    /// <exception cref="OperationCanceledException">Cancelled while it was waited for; the batch is not lost.</exception>
    public T Next(CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancellation.ThrowIfCancellationRequested();
        if (_options.Threads == 0)
        {
            var made = _make(Step, cancellation);
            Step++;
            return made;
        }

        Fill();
        var first = _ahead.Peek();
        Task.WaitAny([first], cancellation); // throws nothing of the task's
        var batch = first.GetAwaiter().GetResult();
        _ = _ahead.Dequeue();
        Step++;
        Fill();
        return batch;
    }

    /// <summary>Stops: what is being made is cancelled and waited for.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _stop.Cancel();
        foreach (var task in _ahead) ((IAsyncResult)task).AsyncWaitHandle.WaitOne();
        foreach (var task in _ahead) _ = task.Exception; // seen: nobody asks for these batches any more
        _ahead.Clear();
        _stop.Dispose();
    }

    private void Fill()
    {
        if (_options.Threads == 0) return;
        while (_ahead.Count < _options.Ahead && !_ahead.Any(task => task.IsFaulted))
        {
            var step = _made++;
            _ahead.Enqueue(Task.Factory.StartNew(() => _make(step, _stop.Token), _stop.Token, TaskCreationOptions.DenyChildAttach, _threads));
        }
    }
}

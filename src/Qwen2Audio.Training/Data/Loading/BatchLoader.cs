namespace Qwen2Audio.Training.Data.Loading;

/// <summary>
/// Creates the batches of coming steps ahead of time, on other threads. An exception is thrown by <see cref="Of"/> when
/// its batch is requested, and every time after; earlier batches are not lost. For one caller at a time.
/// </summary>
/// <typeparam name="T">A batch.</typeparam>
internal sealed class BatchLoader<T> : IDisposable
{
    private readonly Func<long, CancellationToken, T> _make;
    private readonly LoaderOptions _options;
    private readonly TaskScheduler _threads;
    private readonly Queue<Task<T>> _ahead = new();
    private CancellationTokenSource _stop = new();
    private long _first; // the step of the first batch ahead
    private bool _disposed;

    /// <summary>Creates a loader, which starts with the first step that is requested.</summary>
    /// <param name="make">(step, cancellation) → batch; called on several threads at once, so it must depend on the step only.</param>
    /// <param name="options">Threads and memory.</param>
    public BatchLoader(Func<long, CancellationToken, T> make, LoaderOptions? options = null)
    {
        _options = options ?? new LoaderOptions();
        ArgumentOutOfRangeException.ThrowIfNegative(_options.Threads, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_options.Ahead, nameof(options));
        _make = make;
        _threads = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, Math.Max(1, _options.Threads)).ConcurrentScheduler;
    }

    /// <summary>The batch of a step. Later steps are created ahead; a step other than the next one restarts there.</summary>
    /// <exception cref="OperationCanceledException">Cancelled while waiting; the batch is not lost.</exception>
    public T Of(long step, CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        cancellation.ThrowIfCancellationRequested();
        if (_options.Threads == 0) return _make(step, cancellation);
        if (step != _first)
        {
            Stop();
            (_stop, _first) = (new CancellationTokenSource(), step);
        }

        Fill();
        var first = _ahead.Peek();
        Task.WaitAny([first], cancellation); // does not throw the task's exception
        var batch = first.GetAwaiter().GetResult();
        _ = _ahead.Dequeue();
        _first++;
        Fill();
        return batch;
    }

    /// <summary>Cancels the batches in progress and waits for them.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        Stop();
    }

    private void Stop()
    {
        _stop.Cancel();
        foreach (var task in _ahead) ((IAsyncResult)task).AsyncWaitHandle.WaitOne();
        foreach (var task in _ahead) _ = task.Exception; // observes exceptions of batches that were never requested
        _ahead.Clear();
        _stop.Dispose();
    }

    private void Fill()
    {
        while (_ahead.Count < _options.Ahead && !_ahead.Any(task => task.IsFaulted))
        {
            var (step, stop) = (_first + _ahead.Count, _stop.Token);
            _ahead.Enqueue(Task.Factory.StartNew(() => _make(step, stop), stop, TaskCreationOptions.DenyChildAttach, _threads));
        }
    }
}

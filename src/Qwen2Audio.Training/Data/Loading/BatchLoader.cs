namespace Qwen2Audio.Training.Data.Loading;

/// <summary>
/// Makes the batches of coming steps ahead, on other threads, and hands them out. What making one throws comes out of <see cref="Of"/> when
/// it is that batch's turn, and every time after; batches before it are not lost. For one caller at a time.
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

    /// <summary>A loader that makes nothing yet: that begins with the first step that is asked for.</summary>
    /// <param name="make">(step, cancellation) → batch; from several threads at once, so it must depend on the step alone.</param>
    /// <param name="options">Threads and memory.</param>
    public BatchLoader(Func<long, CancellationToken, T> make, LoaderOptions? options = null)
    {
        _options = options ?? new LoaderOptions();
        ArgumentOutOfRangeException.ThrowIfNegative(_options.Threads, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_options.Ahead, nameof(options));
        _make = make;
        _threads = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, Math.Max(1, _options.Threads)).ConcurrentScheduler;
    }

    /// <summary>The batch of a step. Steps are made ahead from it on: another than the one after the last begins anew.</summary>
    /// <exception cref="OperationCanceledException">Cancelled while it was waited for; the batch is not lost.</exception>
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
        Task.WaitAny([first], cancellation); // throws nothing of the task's
        var batch = first.GetAwaiter().GetResult();
        _ = _ahead.Dequeue();
        _first++;
        Fill();
        return batch;
    }

    /// <summary>Stops: what is being made is cancelled and waited for.</summary>
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
        foreach (var task in _ahead) _ = task.Exception; // seen: nobody asks for these batches any more
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

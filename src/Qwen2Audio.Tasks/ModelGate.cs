namespace Qwen2Audio.Tasks;

/// <summary>
/// One caller at a time computes with a model. Whoever waits stops waiting as soon as the token is cancelled; in the asynchronous form no
/// thread waits.
/// </summary>
#pragma warning disable CA1001 // a semaphore without a wait handle has nothing to dispose of, and who comes later must be refused by it
internal sealed class ModelGate
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _free = new(1, 1);
    private volatile bool _closed;

    /// <summary>Whether the model was disposed of.</summary>
    public bool IsClosed => _closed;

    /// <summary>Computes once the model is free.</summary>
    /// <exception cref="OperationCanceledException">Cancelled while waiting.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed of.</exception>
    public T Run<T>(Func<T> work, CancellationToken cancellation = default)
    {
        _free.Wait(cancellation);
        return Work(work);
    }

    /// <summary>Computes on another thread once the model is free.</summary>
    /// <exception cref="OperationCanceledException">Cancelled while waiting.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed of.</exception>
    public async Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellation = default)
    {
        await _free.WaitAsync(cancellation).ConfigureAwait(false);
        return await Task.Run(() => Work(work), CancellationToken.None).ConfigureAwait(false); // only the work gives the model back
    }

    /// <summary>Waits for the one who computes, then disposes of the model, once; later callers are refused.</summary>
    public void Close(Action dispose)
    {
        _free.Wait();
        try
        {
            if (_closed) return;
            _closed = true;
            dispose();
        }
        finally
        {
            _free.Release();
        }
    }

    private T Work<T>(Func<T> work)
    {
        try
        {
            return _closed ? throw new ObjectDisposedException("The model was disposed of.", innerException: null) : work();
        }
        finally
        {
            _free.Release();
        }
    }
}

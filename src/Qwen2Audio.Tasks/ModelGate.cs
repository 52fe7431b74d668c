using Qwen2Audio.Inference;

namespace Qwen2Audio.Tasks;

/// <summary>
/// Lets callers of a model take turns, each with its own workspace, so that a short call does not wait for a long one. Cancellation
/// ends waiting at once and computing between two layers, and asynchronous waiting blocks no thread. Work that waits for another call on the same thread, such as
/// a progress callback that transcribes a clip, would deadlock and is rejected.
/// </summary>
internal sealed class ModelGate(TurnQueue turns, InferenceOps? ops)
{
    [ThreadStatic]
    private static bool _computing;
    private readonly object _calls = new();
    private readonly Stack<Workspace> _free = new();
    private int _count; // calls that compute, or wait because they let others in
    private bool _closed; // rejects further calls
    private volatile bool _disposed;

    /// <summary>Reads values inside the model during every call; null: none.</summary>
    public IProbe? Probe { get; set; }

    /// <summary>Whether the model was disposed; calls that were computing have ended.</summary>
    public bool IsClosed => _disposed;

    /// <summary>Computes when it is the caller's turn.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    /// <exception cref="InvalidOperationException">This thread is already computing with a model.</exception>
    public T Run<T>(Func<T> work, CancellationToken cancellation = default)
    {
        using var call = Enter(cancellation);
        return Compute(work);
    }

    /// <summary>Computes on another thread when it is the caller's turn.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public async Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellation = default)
    {
        using var call = Begin(await turns.TakeAsync(cancellation).ConfigureAwait(false), cancellation);
        return await ComputeThreads.Run(() => Compute(work)).ConfigureAwait(false);
    }

    /// <summary>Waits for the caller's turn, which lasts until the result is disposed.</summary>
    /// <inheritdoc cref="Run"/>
    public IDisposable Enter(CancellationToken cancellation = default)
    {
        ThrowIfComputing();
        return Begin(turns.Take(cancellation), cancellation);
    }

    /// <summary>Waits synchronously for an asynchronous call.</summary>
    /// <exception cref="InvalidOperationException">This thread is already computing with a model.</exception>
    public static T Wait<T>(Func<Task<T>> call)
    {
        ThrowIfComputing();
        return call().GetAwaiter().GetResult();
    }

    /// <summary>Waits for running calls, then disposes the model, once; later callers are rejected.</summary>
    /// <exception cref="InvalidOperationException">This thread is computing with a model.</exception>
    public void Close(Action dispose)
    {
        ThrowIfComputing();
        lock (_calls)
        {
            var first = !_closed;
            _closed = true;
            while (_count > 0) Monitor.Wait(_calls);
            if (!first) return;
            _disposed = true;
            foreach (var workspace in _free) workspace.Dispose();
            dispose();
        }
    }

    private static T Compute<T>(Func<T> work)
    {
        _computing = true;
        try
        {
            return work();
        }
        finally
        {
            _computing = false;
        }
    }

    private static void ThrowIfComputing()
    {
        if (_computing)
            throw new InvalidOperationException("A model is computing on this thread: a progress callback must neither wait for a model nor dispose one.");
    }

    private Call Begin(Turn turn, CancellationToken cancellation)
    {
        try
        {
            cancellation.ThrowIfCancellationRequested();
            Workspace? workspace = null;
            lock (_calls)
            {
                if (_closed) throw Disposed();
                if (ops is not null && !_free.TryPop(out workspace)) workspace = new Workspace();
                _count++;
            }

            if (workspace is not null) workspace.Turn = turn;
            if (ops is not null)
            {
                ops.Use(workspace);
                ops.Cancellation = cancellation;
                ops.Probe = Probe;
            }

            return new Call(this, turn, workspace);
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    private void End(Turn turn, Workspace? workspace)
    {
        if (ops is not null)
        {
            ops.Cancellation = default;
            ops.Use(null);
        }

        lock (_calls)
        {
            if (workspace is not null)
            {
                workspace.Turn = null;
                _free.Push(workspace);
            }

            _count--;
            Monitor.PulseAll(_calls);
        }

        turn.Dispose();
    }

    private static ObjectDisposedException Disposed() => new("The model was disposed.", innerException: null);

    private sealed class Call(ModelGate gate, Turn turn, Workspace? workspace) : IDisposable
    {
        public void Dispose() => gate.End(turn, workspace);
    }
}

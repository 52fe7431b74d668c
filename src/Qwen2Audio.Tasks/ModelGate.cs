using Qwen2Audio.Inference;

namespace Qwen2Audio.Tasks;

/// <summary>
/// The callers of a model: they take turns, each with a workspace of its own, so that a short call goes on beside a long one. Whoever waits
/// stops waiting as soon as the token is cancelled; in the asynchronous form no thread waits.
/// </summary>
internal sealed class ModelGate(TurnQueue turns, InferenceOps? ops)
{
    private readonly object _calls = new();
    private readonly Stack<Workspace> _free = new();
    private int _count; // calls that compute or have let others in
    private bool _closed; // no more calls
    private volatile bool _disposed;

    /// <summary>Whether the model was disposed of; calls that computed before have ended.</summary>
    public bool IsClosed => _disposed;

    /// <summary>Computes when it is the caller's turn.</summary>
    /// <exception cref="OperationCanceledException">Cancelled while waiting.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed of.</exception>
    public T Run<T>(Func<T> work, CancellationToken cancellation = default)
    {
        using var call = Enter(cancellation);
        return work();
    }

    /// <summary>Computes on another thread when it is the caller's turn.</summary>
    /// <exception cref="OperationCanceledException">Cancelled while waiting.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed of.</exception>
    public async Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellation = default)
    {
        using var call = Begin(await turns.TakeAsync(cancellation).ConfigureAwait(false));
        // a thread of its own: calls that have let others in would keep the thread pool's
        return await Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
    }

    /// <summary>Waits for the caller's turn, which lasts until the result is disposed of.</summary>
    /// <inheritdoc cref="Run"/>
    public IDisposable Enter(CancellationToken cancellation = default) => Begin(turns.Take(cancellation));

    /// <summary>Waits for those who compute, then disposes of the model, once; later callers are refused.</summary>
    public void Close(Action dispose)
    {
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

    private Call Begin(Turn turn)
    {
        Workspace? workspace = null;
        lock (_calls)
        {
            if (_closed)
            {
                turn.Dispose();
                throw new ObjectDisposedException("The model was disposed of.", innerException: null);
            }

            _count++;
            if (ops is not null && !_free.TryPop(out workspace)) workspace = new Workspace();
        }

        if (workspace is not null) workspace.Turn = turn;
        ops?.Use(workspace);
        return new Call(this, turn, workspace);
    }

    private void End(Turn turn, Workspace? workspace)
    {
        ops?.Use(null);
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

    private sealed class Call(ModelGate gate, Turn turn, Workspace? workspace) : IDisposable
    {
        public void Dispose() => gate.End(turn, workspace);
    }
}

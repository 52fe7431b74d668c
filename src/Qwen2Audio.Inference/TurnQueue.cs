using System.Diagnostics;

namespace Qwen2Audio.Inference;

/// <summary>
/// Callers that share a worker pool take turns, first come, first served. A long computation lets others in between two
/// layers (<see cref="Turn.LetOthersIn"/>), so that a short request does not wait for a long one. Cancellation ends a wait at once, and
/// asynchronous waiting blocks no thread.
/// </summary>
public sealed class TurnQueue
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = [];
    private bool _taken;
    private volatile bool _isWaitedFor;

    /// <summary>Whether a caller is waiting.</summary>
    public bool IsWaitedFor => _isWaitedFor;

    /// <summary>Waits for a turn.</summary>
    /// <exception cref="OperationCanceledException">Cancelled while waiting.</exception>
    public Turn Take(CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        if (Stand() is { } place)
            using (cancellation.UnsafeRegister(_ => Leave(place, cancellation), null)) place.Value.Task.GetAwaiter().GetResult();
        return new Turn(this);
    }

    /// <summary>Waits for a turn without blocking a thread.</summary>
    /// <exception cref="OperationCanceledException">Cancelled while waiting.</exception>
    public async Task<Turn> TakeAsync(CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        if (Stand() is { } place)
            using (cancellation.UnsafeRegister(_ => Leave(place, cancellation), null)) await place.Value.Task.ConfigureAwait(false);
        return new Turn(this);
    }

    /// <summary>Passes the turn to the caller that has waited longest, and waits for the next turn.</summary>
    internal void Pass()
    {
        TaskCompletionSource mine;
        lock (_lock)
        {
            if (_waiting.Count == 0) return;
            mine = _waiting.AddLast(Place()).Value;
        }

        Release();
        mine.Task.GetAwaiter().GetResult();
    }

    internal void Release()
    {
        TaskCompletionSource? next;
        lock (_lock)
        {
            next = _waiting.First?.Value;
            if (next is null) _taken = false;
            else _waiting.RemoveFirst();
            _isWaitedFor = _waiting.Count > 0;
        }

        next?.SetResult();
    }

    /// <summary>Joins the queue; null when the caller gets the turn at once.</summary>
    private LinkedListNode<TaskCompletionSource>? Stand()
    {
        lock (_lock)
        {
            if (_taken)
            {
                _isWaitedFor = true;
                return _waiting.AddLast(Place());
            }

            _taken = true;
            return null;
        }
    }

    private static TaskCompletionSource Place() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Leave(LinkedListNode<TaskCompletionSource> node, CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (node.List is null) return; // it already has its turn
            _waiting.Remove(node);
            _isWaitedFor = _waiting.Count > 0;
        }

        node.Value.SetCanceled(cancellation);
    }
}

/// <summary>A caller's turn on a worker pool, held until it is disposed.</summary>
public sealed class Turn : IDisposable
{
    private readonly TurnQueue _queue;
    private long _began = Stopwatch.GetTimestamp();
    private bool _held = true;

    internal Turn(TurnQueue queue) => _queue = queue;

    /// <summary>How long a caller computes before it lets others in.</summary>
    internal static TimeSpan Slice { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>Whether others are waiting and the caller has used up its slice.</summary>
    public bool IsOver => _queue.IsWaitedFor && Stopwatch.GetElapsedTime(_began) >= Slice;

    /// <summary>Lets waiting callers compute and waits for the next turn. Not cancellable: the caller needs a turn to undo what it has begun.</summary>
    public void LetOthersIn()
    {
        _queue.Pass();
        _began = Stopwatch.GetTimestamp();
    }

    public void Dispose()
    {
        if (_held) _queue.Release();
        _held = false;
    }
}

using System.Diagnostics.CodeAnalysis;

namespace Qwen2Audio.Tasks;

/// <summary>
/// Threads for work that may block for long, as calls do that let others in: such work would exhaust the thread pool. An idle thread
/// takes the next task, since a new thread for each would cost a short clip a quarter of its time; after ten seconds it ends.
/// </summary>
internal sealed class ComputeThreads : TaskScheduler
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly ComputeThreads Shared = new();
    private readonly Queue<Task> _tasks = new();
    private int _idle;

    /// <summary>Runs work on one of the threads.</summary>
    public static Task<T> Run<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach | TaskCreationOptions.HideScheduler, Shared);

    protected override void QueueTask(Task task)
    {
        lock (_tasks)
        {
            _tasks.Enqueue(task);
            Monitor.Pulse(_tasks);
            if (_tasks.Count <= _idle) return;
        }

        new Thread(Work) { IsBackground = true, Name = "compute" }.Start();
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_tasks) return [.. _tasks];
    }

    private void Work()
    {
        while (TryTake(out var task)) TryExecuteTask(task);
    }

    private bool TryTake([NotNullWhen(true)] out Task? task)
    {
        lock (_tasks)
        {
            for (var waits = true; _tasks.Count == 0 && waits;)
            {
                _idle++;
                waits = Monitor.Wait(_tasks, Patience);
                _idle--;
            }

            return _tasks.TryDequeue(out task);
        }
    }
}

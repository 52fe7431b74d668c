using Spectre.Console;

namespace Qwen2Audio.Cli.Commands;

/// <summary>Shows on a terminal how many tensors of a model have been written.</summary>
internal static class TensorProgress
{
    /// <summary>
    /// Runs <paramref name="write"/>. It must call the action it is given before each tensor, with the tensor's number, the count and the
    /// tensor's name; the action throws when the program is interrupted.
    /// </summary>
    public static T Show<T>(Func<Action<int, int, string>, T> write, CancellationToken cancellation)
    {
        if (Console.IsErrorRedirected) return write((_, _, _) => cancellation.ThrowIfCancellationRequested());
        return AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }).Progress().AutoClear(true).Start(progress =>
        {
            var task = progress.AddTask("writing tensors");
            return write((number, count, _) =>
            {
                cancellation.ThrowIfCancellationRequested();
                (task.MaxValue, task.Value) = (count, number);
            });
        });
    }
}

using Spectre.Console;

namespace Qwen2Audio.Cli.Commands;

/// <summary>Shows on a terminal how many tensors of a model are written.</summary>
internal static class TensorProgress
{
    /// <summary>
    /// Runs <paramref name="write"/>, which calls what it is handed before each tensor with its number, the count and its name; that
    /// ends the work when the program is interrupted.
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

using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Cli.Output;

/// <summary>Writes warnings to standard error.</summary>
internal static class Warnings
{
    /// <summary>Writes the warnings from loading a model.</summary>
    public static void Write(IEnumerable<TaskWarning> warnings)
    {
        foreach (var warning in warnings) Write(warning.Text);
    }

    /// <summary>Writes one line; does nothing if standard error has no reader.</summary>
    public static void Write(string text)
    {
        try
        {
            PercentProgress.Erase();
            Console.Error.WriteLine($"warning: {TerminalText.Message(text)}");
        }
        catch (IOException)
        {
        }
    }
}

using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Cli.Output;

/// <summary>What a user should know although the work goes on.</summary>
internal static class Warnings
{
    /// <summary>Writes what was odd when a model was loaded.</summary>
    public static void Write(IEnumerable<TaskWarning> warnings)
    {
        foreach (var warning in warnings) Write(warning.Text);
    }

    /// <summary>Writes a line to standard error; when nobody can read it any more, nothing happens.</summary>
    public static void Write(string text)
    {
        try
        {
            Console.Error.WriteLine($"warning: {Plain.Message(text)}");
        }
        catch (IOException)
        {
        }
    }
}

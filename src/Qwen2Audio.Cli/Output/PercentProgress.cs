namespace Qwen2Audio.Cli.Output;

/// <summary>Shows on a terminal how much of a file is done, on one line that is erased at the end.</summary>
internal sealed class PercentProgress : IProgress<double>
{
    private readonly string _name;
    private int _percent;
    private int _shown;

    private PercentProgress(string name) => _name = name;

    /// <summary>Runs work with a display, or without one if standard error is not a terminal.</summary>
    public static T Show<T>(string file, Func<IProgress<double>?, T> work)
    {
        if (Console.IsErrorRedirected) return work(null);
        var progress = new PercentProgress(TerminalText.Name(Path.GetFileName(file)));
        try
        {
            return work(progress);
        }
        finally
        {
            if (progress._shown > 0) Console.Error.Write($"\r{new string(' ', progress._shown)}\r");
        }
    }

    public void Report(double value)
    {
        var percent = (int)(100 * value);
        if (percent <= _percent) return;
        _percent = percent;
        var text = $"… {_name}: {percent} %";
        Console.Error.Write($"\r{text}");
        _shown = text.Length;
    }
}

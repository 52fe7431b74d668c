namespace Qwen2Audio.Cli.Output;

/// <summary>Shows on a terminal how much of a file is done, on one line that is erased at the end.</summary>
internal sealed class PercentProgress : IProgress<double>
{
    private static int _shown; // characters on the line
    private readonly string _name;
    private int _percent;

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
            Erase();
        }
    }

    /// <summary>Erases the line, so that something else can be written; the next percent shows it again.</summary>
    public static void Erase()
    {
        if (_shown > 0) Console.Error.Write($"\r{new string(' ', _shown)}\r");
        _shown = 0;
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

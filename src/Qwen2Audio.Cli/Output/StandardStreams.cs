using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Cli.Output;

/// <summary>
/// Standard output and standard error as the program needs them: where nobody reads messages any more the work and its exit code do not
/// suffer, and a result that cannot be written is an error that says so.
/// </summary>
internal static class StandardStreams
{
    /// <summary>Puts the writers in the place of the console's; before anything is written.</summary>
    public static void Prepare()
    {
        Console.SetError(new MessageWriter(Opened(2, () => Console.Error)));
        Console.SetOut(new ResultWriter(Opened(1, () => Console.Out)));
    }

    // even where one is closed .NET may give a writer, into a pipe of its own; or none can be had
    private static TextWriter? Opened(int descriptor, Func<TextWriter> open)
    {
        if (PlainFile.IsClosed(descriptor)) return null;
        try
        {
            return open();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Cli.Output;

/// <summary>
/// Sets up standard output and standard error. Messages that cannot be written affect neither the work nor its exit code; a result that
/// cannot be written is an error.
/// </summary>
internal static class StandardStreams
{
    /// <summary>Replaces the console's writers; call it before anything is written.</summary>
    public static void Prepare()
    {
        Console.SetError(new MessageWriter(Opened(2, () => Console.Error)));
        Console.SetOut(new ResultWriter(Opened(1, () => Console.Out)));
    }

    /// <summary>
    /// Makes results without a reader an error, for work that only writes results: the console's writer drops them, and an endless sound would be worked on
    /// for nobody.
    /// </summary>
    public static void EndWithoutReader()
    {
        if (Console.IsOutputRedirected && !PlainFile.IsClosed(1))
            Console.SetOut(new ResultWriter(StandardOutput.OpenText(Console.Out.Encoding)));
    }

    // For a closed stream .NET may return a writer to an unrelated pipe, or fail.
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

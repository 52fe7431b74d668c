using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Cli.Output;

/// <summary>An output of a command: a file, which gets its name once it is complete, or - for standard output.</summary>
internal static class OutputFile
{
    /// <summary>Standard output.</summary>
    public const string Pipe = "-";

    /// <summary>Refuses standard output if it is a terminal, or has the JSON.</summary>
    /// <exception cref="UsageException">It is.</exception>
    public static void Require(string output, bool json)
    {
        if (output != Pipe) return;
        if (json) throw new UsageException("--json writes to standard output, so OUT cannot be -.");
        if (!Console.IsOutputRedirected) throw new UsageException("standard output is a terminal; redirect it to a file or a program.");
    }

    /// <summary>Refuses to replace a file of another kind: a forgotten OUT must not cost a recording.</summary>
    /// <param name="output">The output.</param>
    /// <param name="kind">What is written, as "WAV file".</param>
    /// <param name="replaces">Whether an existing file is of that kind.</param>
    /// <exception cref="UsageException">There is such a file.</exception>
    public static void RequireKind(string output, string kind, Func<string, bool> replaces)
    {
        if (output != Pipe && File.Exists(output) && new FileInfo(output).Length > 0 && !replaces(output))
            throw new UsageException($"{output} already exists and is not a {kind}, so it is not replaced; name another OUT, or delete it.");
    }

    /// <summary>Refuses to replace the input, also under another name that is a link to it.</summary>
    /// <exception cref="UsageException">Both are one file.</exception>
    public static void RequireOther(string output, string input)
    {
        if (output != Pipe && input != Pipe && Target(output) == Target(input)) throw new UsageException($"{input} would be replaced by the output.");

        static string Target(string path) => File.Exists(path) && File.ResolveLinkTarget(path, returnFinalTarget: true) is { } target ? target.FullName : Path.GetFullPath(path);
    }

    /// <summary>Runs <paramref name="work"/> on the output. Returns its result and the number of bytes written.</summary>
    /// <exception cref="OutputException">Standard output cannot be written.</exception>
    public static (T Result, long Bytes) Write<T>(string output, Func<Stream, T> work)
    {
        if (output == Pipe)
        {
            if (PlainFile.IsClosed(1)) throw new OutputException("cannot write to standard output: it is closed", new IOException());
            using var pipe = new CountingStream(StandardOutput.Open());
            return (work(pipe), pipe.Length);
        }

        T? result = default;
        AtomicFile.Write(output, stream => result = work(stream));
        return (result!, new FileInfo(output).Length);
    }

    /// <summary>Writes what was done, to standard error if standard output has the result.</summary>
    public static void Report(string output, string text) => (output == Pipe ? Console.Error : Console.Out).WriteLine(text);
}

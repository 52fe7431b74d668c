using System.CommandLine;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Tasks;

namespace Qwen2Audio.Cli.Commands;

/// <summary>Inputs and outputs of encode and decode: files, several into a folder, or - for standard input and output.</summary>
internal static class CodecFiles
{
    public static Argument<string[]> Paths(string description) => new("IN OUT") { Description = description, Arity = ArgumentArity.OneOrMore };

    public static Option<int?> Codebooks(string description) => CommonOptions.Number("--codebooks", description, 1, 255);

    /// <summary>Each input with its output.</summary>
    /// <param name="paths">The inputs, then the output.</param>
    /// <param name="ending">Ending of the outputs in a folder.</param>
    /// <param name="json">Whether JSON is written to standard output.</param>
    /// <param name="replaces">Whether an existing file is of the kind that is written, and may be replaced.</param>
    /// <exception cref="UsageException">They cannot be used together.</exception>
    public static IReadOnlyDictionary<string, string> Pairs(IReadOnlyList<string> paths, string ending, bool json, Func<string, bool> replaces)
    {
        if (paths.Count < 2) throw new UsageException("give IN and OUT: what to read and what to write.");
        var (inputs, output) = (paths.SkipLast(1).ToList(), paths[^1]);
        var isFolder = output != InputFile.Pipe && Directory.Exists(output);
        if (inputs.Count > 1 && !isFolder) throw new UsageException($"with several inputs, OUT must be an existing folder; {output} is not one.");
        if (output == InputFile.Pipe && json) throw new UsageException("--json writes to standard output, so OUT cannot be -.");
        if (output == InputFile.Pipe && !Console.IsOutputRedirected) throw new UsageException("standard output is a terminal; redirect it to a file or a program.");
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var input in inputs)
        {
            if (isFolder && input == InputFile.Pipe) throw new UsageException($"standard input has no name for a file in the folder {output}; name the file.");
            var made = isFolder ? Path.Combine(output, Path.ChangeExtension(Path.GetFileName(input), ending)) : output;
            if (!pairs.TryAdd(input, made)) throw new UsageException($"{input} is given twice.");
            if (made != InputFile.Pipe && input != InputFile.Pipe && Path.GetFullPath(made) == Path.GetFullPath(input)) throw new UsageException($"{input} would be replaced by the output.");
        }

        if (pairs.GroupBy(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } same)
            throw new UsageException($"{string.Join(" and ", same)} would both be written to {same.Key}.");
        // a forgotten OUT must not cost a recording
        foreach (var made in pairs.Values)
            if (made != InputFile.Pipe && File.Exists(made) && new FileInfo(made).Length > 0 && !replaces(made))
                throw new UsageException($"{made} already exists and is not a {(ending == ".wav" ? "WAV file" : "token file")}, so it is not replaced; name another OUT, or delete it.");
        return pairs;
    }

    /// <summary>Whether a file begins like a WAV file.</summary>
    public static bool IsWav(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> first = stackalloc byte[4];
        return file.ReadAtLeast(first, first.Length, throwOnEndOfStream: false) == first.Length && (first.SequenceEqual("RIFF"u8) || first.SequenceEqual("RF64"u8));
    }

    /// <summary>Runs <paramref name="work"/> on the output: a file, which gets its name once it is complete, or standard output. Returns the result and the number of bytes written.</summary>
    public static (CodingResult Result, long Bytes) Write(string output, Func<Stream, CodingResult> work)
    {
        CodingResult? result = null;
        if (output == InputFile.Pipe)
        {
            if (PlainFile.IsClosed(1)) throw new OutputException("cannot write to standard output: it is closed", new IOException());
            using var pipe = new CountingStream(StandardOutput.Open());
            return (work(pipe), pipe.Length);
        }

        AtomicFile.Write(output, stream => result = work(stream));
        return (result!, new FileInfo(output).Length);
    }

    /// <summary>Writes what was done: a line of JSON; or warnings and a text, to standard error if standard output has the result.</summary>
    public static void Report(string input, string output, CodingResult result, long bytes, double? kilobits, string model, bool json, string text)
    {
        if (json)
        {
            JsonOutput.WriteLine(new
            {
                file = input,
                output,
                model,
                result.Samples,
                result.Seconds,
                result.Frames,
                result.Codebooks,
                bytes,
                kilobits,
                warnings = result.Warnings.Select(warning => warning.Text),
            });
            return;
        }

        foreach (var warning in result.Warnings) Console.Error.WriteLine($"{InputFile.Name(input)}: {TerminalText.Message(warning.Text)}");
        (output == InputFile.Pipe ? Console.Error : Console.Out).WriteLine(text);
    }
}

/// <summary>Counts the bytes that are written to standard output, which cannot seek.</summary>
internal sealed class CountingStream(Stream inner) : Stream
{
    private long _length;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _length;

    public override long Position { get => _length; set => throw new NotSupportedException(); }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            inner.Write(buffer);
        }
        catch (IOException exception)
        {
            throw new OutputException($"cannot write to standard output: {exception.Message}", exception);
        }

        _length += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}

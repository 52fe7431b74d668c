using System.CommandLine;
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
    /// <param name="check">Refuses an output that must not be written.</param>
    /// <exception cref="UsageException">They cannot be used together.</exception>
    public static IReadOnlyDictionary<string, string> Pairs(IReadOnlyList<string> paths, string ending, bool json, Action<string> check)
    {
        if (paths.Count < 2) throw new UsageException("give IN and OUT: what to read and what to write.");
        var (inputs, output) = (paths.SkipLast(1).ToList(), paths[^1]);
        var isFolder = output != InputFile.Pipe && Directory.Exists(output);
        if (inputs.Count > 1 && !isFolder) throw new UsageException($"with several inputs, OUT must be an existing folder; {output} is not one.");
        OutputFile.Require(output, json);
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var input in inputs)
        {
            if (isFolder && input == InputFile.Pipe) throw new UsageException($"standard input has no name for a file in the folder {output}; name the file.");
            var made = isFolder ? Path.Combine(output, Path.ChangeExtension(Path.GetFileName(input), ending)) : output;
            if (!pairs.TryAdd(input, made)) throw new UsageException($"{input} is given twice.");
            OutputFile.RequireOther(made, input);
        }

        if (pairs.GroupBy(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } same)
            throw new UsageException($"{string.Join(" and ", same)} would both be written to {same.Key}.");
        foreach (var made in pairs.Values) check(made);
        return pairs;
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
        OutputFile.Report(output, text);
    }
}

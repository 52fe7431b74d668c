namespace Qwen2Audio.Formats;

/// <summary>A file has invalid content. Names the file and, for each problem, the place, what was found and what is allowed.</summary>
public abstract class BadFileException : Exception
{
    private const int Listed = 20;
    private const int LongestOfSeveral = 600;

    private protected BadFileException(string file, IReadOnlyList<Problem> problems, int count, Exception? inner)
        : base(Compose(file, problems, count), inner)
    {
        File = file;
        Problems = problems;
        ProblemCount = count;
    }

    /// <summary>The file or folder as the caller named it.</summary>
    public string File { get; }

    /// <summary>The first problems (at most fifty).</summary>
    public IReadOnlyList<Problem> Problems { get; }

    /// <summary>The total number of problems.</summary>
    public int ProblemCount { get; }

    private static string Compose(string file, IReadOnlyList<Problem> problems, int count)
    {
        if (count == 1) return $"{file}: {MessageText.Short(problems[0].ToString())}";
        var lines = problems.Take(Listed).Select(problem => MessageText.Short(problem.ToString(), LongestOfSeveral));
        return MessageText.WithLines($"{file}: {count} problems:", count > Listed ? lines.Append($"and {count - Listed} more") : lines);
    }
}

/// <summary>A checkpoint (a safetensors file, a shard index or a checkpoint folder) is damaged, incomplete or not supported.</summary>
public sealed class CheckpointException : BadFileException
{
    public CheckpointException(string file, string place, string found, string allowed, Exception? inner = null)
        : base(file, [new Problem(place, found, allowed)], 1, inner) { }

    internal CheckpointException(string file, ProblemList problems) : base(file, problems.First, problems.Count, null) { }

    internal static Exception Of(string file, Problem problem, Exception? inner) =>
        new CheckpointException(file, problem.Place, problem.Found, problem.Allowed, inner);
}

/// <summary>A configuration file is not strict JSON, or its fields are missing, of the wrong type or out of range.</summary>
public sealed class ConfigException : BadFileException
{
    /// <summary>A single problem; <paramref name="place"/> is a JSON path such as <c>$.text_config.hidden_size</c>, or a line.</summary>
    public ConfigException(string file, string place, string found, string allowed, Exception? inner = null)
        : base(file, [new Problem(place, found, allowed)], 1, inner) { }

    internal ConfigException(string file, ProblemList problems) : base(file, problems.First, problems.Count, null) { }

    internal static Exception Of(string file, Problem problem, Exception? inner) =>
        new ConfigException(file, problem.Place, problem.Found, problem.Allowed, inner);
}

using Qwen2Audio.Formats;

namespace Qwen2Audio.Text;

/// <summary>A tokenizer's file is invalid: names the file, the place, what was found and what is allowed.</summary>
public sealed class TokenizerFileException : Exception
{
    /// <summary>An error at a place in a file.</summary>
    public TokenizerFileException(string file, string problem) : base($"{file}: {MessageText.Short(problem)}") => File = file;

    /// <summary>What was found at a place in a file, and what is allowed there.</summary>
    public TokenizerFileException(string file, string place, string found, string allowed)
        : this(file, $"{place}: found {found}; allowed: {allowed}.")
    {
    }

    /// <summary>An error that another exception reported.</summary>
    public TokenizerFileException(string file, string problem, Exception inner) : base($"{file}: {MessageText.Short(problem)}", inner) => File = file;

    /// <summary>Path or name of the file.</summary>
    public string File { get; }
}

using Qwen2Audio.Formats;

namespace Qwen2Audio.Checkpoints.Lexicons;

/// <summary>An invalid pronouncing dictionary: names file, line, problem and what is allowed.</summary>
public sealed class PronunciationException : Exception
{
    /// <summary>Creates an error on a line; 0 is the file as a whole.</summary>
    public PronunciationException(string file, int line, string problem, Exception? inner = null)
        : base($"{file}{(line > 0 ? $", line {line}" : "")}: {MessageText.Short(problem)}", inner)
    {
    }
}

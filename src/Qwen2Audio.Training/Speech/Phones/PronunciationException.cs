using Qwen2Audio.Formats;

namespace Qwen2Audio.Training.Speech.Phones;

/// <summary>A pronouncing dictionary is not what it should be: names the file, the line, what was found and what is allowed.</summary>
public sealed class PronunciationException : Exception
{
    /// <summary>An error on a line; 0 means the file as a whole.</summary>
    public PronunciationException(string file, int line, string problem, Exception? inner = null)
        : base($"{file}{(line > 0 ? $", line {line}" : "")}: {MessageText.Short(problem)}", inner)
    {
    }
}

using Qwen2Audio.Formats;

namespace Qwen2Audio.Training.Recipes;

/// <summary>A recipe that cannot be used: file, setting, value found and values allowed.</summary>
public sealed class RecipeException : Exception
{
    // all problems are listed
    private const int Longest = 10_000;

    public RecipeException(string message)
        : base(MessageText.Short(message, Longest))
    {
    }

    public RecipeException(string message, Exception inner)
        : base(MessageText.Short(message, Longest), inner)
    {
    }
}

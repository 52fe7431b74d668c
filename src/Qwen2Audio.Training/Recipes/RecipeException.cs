namespace Qwen2Audio.Training.Recipes;

/// <summary>A training recipe that cannot be used: file, setting, what was found and what is allowed.</summary>
public sealed class RecipeException : Exception
{
    public RecipeException(string message)
        : base(message)
    {
    }

    public RecipeException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

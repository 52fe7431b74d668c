namespace Qwen2Audio.Training.Runs;

/// <summary>A run cannot start or resume; says why.</summary>
public sealed class RunException : Exception
{
    public RunException(string message)
        : base(message)
    {
    }

    public RunException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

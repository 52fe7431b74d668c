namespace Qwen2Audio.Training.Speech.SyntheticData;

/// <summary>Speech synthesis failed: says which program, and what to install.</summary>
public sealed class SynthesisException : Exception
{
    /// <summary>An error with what to do about it.</summary>
    public SynthesisException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}

namespace Qwen2Audio.Tasks.Synthesis;

/// <summary>No voice can be taken from a recording; names it, and says why.</summary>
public sealed class VoiceException : Exception
{
    internal VoiceException(string recording, string found)
        : base($"{recording}: found {found}; allowed: a recording of a voice.")
    {
    }
}

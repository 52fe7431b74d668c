namespace Qwen2Audio.Tasks.Chat;

/// <summary>A clip is longer than the model's window. Clips are never cut silently.</summary>
public sealed class ClipLengthException : Exception
{
    /// <summary>Names the clip by <paramref name="name"/>, such as its file.</summary>
    public ClipLengthException(string name, int clip, double seconds, double longest)
        : base(Describe(name, seconds, longest)) => (Clip, Seconds, Longest) = (clip, seconds, longest);

    /// <summary>Names the clip by its number, from 1; lengths in seconds.</summary>
    public ClipLengthException(int clip, double seconds, double longest)
        : base(Describe($"Clip {clip}", seconds, longest)) => (Clip, Seconds, Longest) = (clip, seconds, longest);

    /// <summary>The clip's number in the conversation, from 1.</summary>
    public int Clip { get; }

    /// <summary>Length of the clip in seconds.</summary>
    public double Seconds { get; }

    /// <summary>Maximum length in seconds.</summary>
    public double Longest { get; }

    private static string Describe(string name, double seconds, double longest) => $"{name} lasts {seconds:0.0} s; the model takes at most {longest:0} s at once. Shorten it, or use transcribe, which splits long recordings at pauses.";
}

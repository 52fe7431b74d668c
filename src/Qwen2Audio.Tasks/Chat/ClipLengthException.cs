namespace Qwen2Audio.Tasks.Chat;

/// <summary>A clip is longer than the model takes at once; it is not cut silently.</summary>
public sealed class ClipLengthException : Exception
{
    /// <summary>Names the clip, such as its file, in the place of its number.</summary>
    public ClipLengthException(string name, int clip, double seconds, double longest)
        : base(Describe(name, seconds, longest)) => (Clip, Seconds, Longest) = (clip, seconds, longest);

    /// <summary>Names the clip, counted from 1, and the lengths in seconds.</summary>
    public ClipLengthException(int clip, double seconds, double longest)
        : base(Describe($"Clip {clip}", seconds, longest)) => (Clip, Seconds, Longest) = (clip, seconds, longest);

    /// <summary>The clip's number in the conversation, from 1.</summary>
    public int Clip { get; }

    /// <summary>How long it is.</summary>
    public double Seconds { get; }

    /// <summary>How long it may be.</summary>
    public double Longest { get; }

    private static string Describe(string name, double seconds, double longest) => $"{name} lasts {seconds:0.0} s; the model takes at most {longest:0} s at once. Cut it, or use transcribe, which splits long recordings at pauses.";
}

namespace Qwen2Audio.Audio;

/// <summary>An audio file that cannot be used, and where and why.</summary>
public sealed class AudioFormatException : Exception
{
    internal AudioFormatException(AudioFault fault, string file, string place, string found, string allowed)
        : base($"{file}: {place}: found {found}; allowed: {allowed}.") =>
        (Fault, File, Place, Found, Allowed) = (fault, file, place, found, allowed);

    /// <summary>The kind of fault.</summary>
    public AudioFault Fault { get; }

    /// <summary>The file's path, or "stream".</summary>
    public string File { get; }

    /// <summary>The field, chunk, frame or byte position.</summary>
    public string Place { get; }

    /// <summary>What was found there.</summary>
    public string Found { get; }

    /// <summary>What may stand there.</summary>
    public string Allowed { get; }
}

/// <summary>Kinds of <see cref="AudioFormatException"/>.</summary>
public enum AudioFault
{
    /// <summary>The content is no audio that is known here.</summary>
    NotAudio,

    /// <summary>Audio in a form that is not read here.</summary>
    NotSupported,

    /// <summary>A field holds what it must not.</summary>
    Damaged,

    /// <summary>The file ends early.</summary>
    Truncated,

    /// <summary>The audio exceeds the allowed duration or size.</summary>
    TooLong,

    /// <summary>Samples are no finite numbers.</summary>
    NonFinite,

    /// <summary>Audio that a library reads which is not installed.</summary>
    LibraryMissing,
}

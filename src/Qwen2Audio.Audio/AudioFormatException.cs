namespace Qwen2Audio.Audio;

/// <summary>An audio file cannot be used; says where and why.</summary>
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

    /// <summary>What is allowed there.</summary>
    public string Allowed { get; }
}

/// <summary>Kinds of <see cref="AudioFormatException"/>.</summary>
public enum AudioFault
{
    /// <summary>The content is not a known audio format.</summary>
    NotAudio,

    /// <summary>The audio format or coding is not supported.</summary>
    NotSupported,

    /// <summary>A field has an invalid value.</summary>
    Damaged,

    /// <summary>The file ends early.</summary>
    Truncated,

    /// <summary>The audio exceeds the allowed duration or size.</summary>
    TooLong,

    /// <summary>Samples are infinite, NaN or over <see cref="AudioClip.MostMagnitude"/> in magnitude.</summary>
    NonFinite,

    /// <summary>The audio format needs a library that is not installed.</summary>
    LibraryMissing,
}

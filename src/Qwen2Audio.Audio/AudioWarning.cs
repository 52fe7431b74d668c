namespace Qwen2Audio.Audio;

/// <summary>Something that was done to audio beyond decoding it as it stands.</summary>
/// <param name="Code">What was done.</param>
/// <param name="Text">The same for people, with the figures.</param>
public sealed record AudioWarning(AudioWarningCode Code, string Text)
{
    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary>Kinds of <see cref="AudioWarning"/>.</summary>
public enum AudioWarningCode
{
    /// <summary>The file is valid and holds no sample.</summary>
    Empty,

    /// <summary>The file ends early; what is there was used.</summary>
    Truncated,

    /// <summary>Bytes after the last whole sample were left out.</summary>
    PartialSample,

    /// <summary>The file does not say how long it is (a recording that was written as a stream).</summary>
    LengthUnknown,

    /// <summary>The file begins within a recording.</summary>
    BeginningMissing,

    /// <summary>Bytes that follow the audio, and may be audio too, were left out.</summary>
    LeftOver,

    /// <summary>Fields of the header contradict each other; those that the samples agree with were used.</summary>
    HeaderInconsistent,

    /// <summary>Samples that are no finite number were replaced by 0.</summary>
    NonFiniteReplaced,

    /// <summary>Samples exceed full scale; they are kept.</summary>
    OverFullScale,

    /// <summary>Audio after the allowed duration was left out.</summary>
    Cut,

    /// <summary>The stored checksum could not be compared, since not all was read.</summary>
    ChecksumNotCompared,

    /// <summary>Channels were averaged.</summary>
    DownMixed,

    /// <summary>The sampling rate was changed.</summary>
    Resampled,
}

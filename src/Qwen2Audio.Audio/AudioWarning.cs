namespace Qwen2Audio.Audio;

/// <summary>Something that was done to audio besides decoding it.</summary>
/// <param name="Code">What was done.</param>
/// <param name="Text">The warning as text for users, with the figures.</param>
public sealed record AudioWarning(AudioWarningCode Code, string Text)
{
    public override string ToString() => Text;
}

/// <summary>Kinds of <see cref="AudioWarning"/>.</summary>
public enum AudioWarningCode
{
    /// <summary>The file is valid and holds no samples.</summary>
    Empty,

    /// <summary>The file ends early; the samples present were used.</summary>
    Truncated,

    /// <summary>Bytes after the last whole sample were left out.</summary>
    PartialSample,

    /// <summary>The file does not declare its length (a recording written as a stream).</summary>
    LengthUnknown,

    /// <summary>The file starts in the middle of a recording.</summary>
    BeginningMissing,

    /// <summary>Bytes after the audio, which may also be audio, were left out.</summary>
    LeftOver,

    /// <summary>Header fields contradict each other; those that agree with the samples were used.</summary>
    HeaderInconsistent,

    /// <summary>Samples that are infinite, NaN or over <see cref="AudioClip.MostMagnitude"/> in magnitude were replaced with 0.</summary>
    NonFiniteReplaced,

    /// <summary>Samples exceed full scale; they are kept.</summary>
    OverFullScale,

    /// <summary>Audio after the allowed duration was left out.</summary>
    Cut,

    /// <summary>The stored checksum was not compared, because not all samples were read.</summary>
    ChecksumNotCompared,

    /// <summary>Channels were averaged.</summary>
    DownMixed,

    /// <summary>One channel was repeated on several.</summary>
    Repeated,

    /// <summary>The sampling rate was changed.</summary>
    Resampled,

    /// <summary>Only codec tokens of the audio are heard.</summary>
    FromTokens,

    /// <summary>The sound is longer than a codec's attention window, so that its samples differ from those of another implementation.</summary>
    AttentionWindow,
}

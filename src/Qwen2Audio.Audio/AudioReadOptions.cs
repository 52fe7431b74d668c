namespace Qwen2Audio.Audio;

/// <summary>What <see cref="AudioFile"/> accepts, and its limits.</summary>
public sealed record AudioReadOptions
{
    /// <summary>Longest audio in seconds; unlimited by default. Servers should set it.</summary>
    public double MaxSeconds { get; init; } = double.PositiveInfinity;

    /// <summary>
    /// Maximum bytes of decoded samples to return, 4 per sample and channel (with <see cref="AudioFile.ReadMono(string, int, AudioReadOptions?, CancellationToken)"/>
    /// of the one channel). The default, 1 GiB, holds 4 hours 39 minutes of one channel at 16 kHz. Memory while reading stays below this
    /// plus 64 MiB, whatever the file declares. When libsndfile decodes a stream that cannot seek, the copy of its bytes counts too.
    /// </summary>
    public long MaxDecodedBytes { get; init; } = 1L << 30;

    /// <summary>What to do with a file that ends before its declared length.</summary>
    public TruncatedData TruncatedData { get; init; } = TruncatedData.Refuse;

    /// <summary>What to do with samples that are infinite, NaN or over <see cref="AudioClip.MostMagnitude"/> in magnitude.</summary>
    public NonFinite NonFinite { get; init; } = NonFinite.Refuse;

    /// <summary>What to do with audio over <see cref="MaxSeconds"/> or <see cref="MaxDecodedBytes"/>.</summary>
    public LongAudio LongAudio { get; init; } = LongAudio.Refuse;
}

/// <summary>Ways to treat a file that ends early.</summary>
public enum TruncatedData
{
    /// <summary>Throw <see cref="AudioFormatException"/>.</summary>
    Refuse,

    /// <summary>Use the samples that are present, with a warning.</summary>
    UsePresent,
}

/// <summary>Ways to treat samples that are infinite, NaN or over <see cref="AudioClip.MostMagnitude"/> in magnitude.</summary>
public enum NonFinite
{
    /// <summary>Throw <see cref="AudioFormatException"/> that names the first one.</summary>
    Refuse,

    /// <summary>Replace them with 0 and report the count in a warning.</summary>
    ReplaceByZero,
}

/// <summary>Ways to treat audio that is too long.</summary>
public enum LongAudio
{
    /// <summary>Throw <see cref="AudioFormatException"/>.</summary>
    Refuse,

    /// <summary>Keep the beginning, with a warning.</summary>
    Cut,
}

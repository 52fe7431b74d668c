namespace Qwen2Audio.Audio;

/// <summary>What <see cref="AudioFile"/> accepts and how much.</summary>
public sealed record AudioReadOptions
{
    /// <summary>Longest audio in seconds; no limit unless said otherwise, for which a server has reason.</summary>
    public double MaxSeconds { get; init; } = double.PositiveInfinity;

    /// <summary>
    /// Most bytes of the samples that are returned (4 a sample and channel; of <see cref="AudioFile.ReadMono(string, int, AudioReadOptions?, CancellationToken)"/>
    /// those of the one channel), 1 GiB unless said otherwise: 4 hours 39 minutes of one channel at 16 kHz. Memory while reading is bounded by
    /// this and 64 MiB, whatever the file declares. What libsndfile decodes from a stream that cannot seek is held beside and counts too.
    /// </summary>
    public long MaxDecodedBytes { get; init; } = 1L << 30;

    /// <summary>What to do with a file that ends before the length that it declares.</summary>
    public TruncatedData TruncatedData { get; init; } = TruncatedData.Refuse;

    /// <summary>What to do with samples that are no finite number.</summary>
    public NonFinite NonFinite { get; init; } = NonFinite.Refuse;

    /// <summary>What to do with audio over <see cref="MaxSeconds"/> or <see cref="MaxDecodedBytes"/>.</summary>
    public LongAudio LongAudio { get; init; } = LongAudio.Refuse;
}

/// <summary>Ways to treat a file that ends early.</summary>
public enum TruncatedData
{
    /// <summary>Throw <see cref="AudioFormatException"/>.</summary>
    Refuse,

    /// <summary>Use the samples that are there, with a warning.</summary>
    UsePresent,
}

/// <summary>Ways to treat NaN and infinity.</summary>
public enum NonFinite
{
    /// <summary>Throw <see cref="AudioFormatException"/> that names the first one.</summary>
    Refuse,

    /// <summary>Replace them by 0, counted in a warning.</summary>
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

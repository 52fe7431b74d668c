namespace Qwen2Audio.Evaluation.Codecs;

/// <summary>Result of <see cref="CodecReportRun"/>.</summary>
public sealed record CodecReport
{
    /// <summary>The codec's folder; null if only decoded sounds were compared.</summary>
    public required string? Model { get; init; }

    /// <summary>The manifest or folder of the clips.</summary>
    public required string Source { get; init; }

    /// <summary>Sampling rate of the comparison, in Hz.</summary>
    public required int SamplingRate { get; init; }

    /// <summary>Number of computing threads.</summary>
    public required int Threads { get; init; }

    /// <summary>Number of clips measured.</summary>
    public required int Clips { get; init; }

    /// <summary>Their duration in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>The figures: for all clips, then for each dataset if there are several; highest bitrate first.</summary>
    public required IReadOnlyList<CodecReportRow> Rows { get; init; }

    /// <summary>The use of each codebook over all clips; empty without a codec.</summary>
    public required IReadOnlyList<CodebookUse> Codebooks { get; init; }

    /// <summary>Delay and time of a stream; null without a codec, or if it gives no frame before the audio has ended.</summary>
    public StreamingFigures? Streaming { get; init; }

    /// <summary>Number of frames that were counted for it.</summary>
    public required long Frames { get; init; }

    /// <summary>Whether token files have the statistics of the codec's folder; otherwise all entries count as equally probable.</summary>
    public required bool HasStatistics { get; init; }

    /// <summary>Clips that could not be measured, with the reason.</summary>
    public required IReadOnlyList<string> Skipped { get; init; }

    /// <summary>Warnings about the model, the clips and the decoded sounds.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Share of entries that occurred, over all codebooks, 0…1; null without a codec.</summary>
    public double? CodebookUse => Codebooks.Count == 0 ? null : (double)Codebooks.Sum(book => book.Used) / Codebooks.Sum(book => book.Entries);

    /// <summary>Fraction of clips that could not be measured, 0…1.</summary>
    public double SkippedShare => Skipped.Count == 0 ? 0 : (double)Skipped.Count / (Clips + Skipped.Count);
}

/// <summary>The figures of one bitrate, or of one folder of decoded sounds: means over clips, except the level.</summary>
public sealed record CodecReportRow
{
    /// <summary>Name of the row for all clips.</summary>
    public const string All = "all";

    /// <summary>The dataset, or <see cref="All"/>.</summary>
    public required string Dataset { get; init; }

    /// <summary>Name of the bitrate or folder.</summary>
    public required string Name { get; init; }

    /// <summary>Number of codebooks; null if the codec did not code it.</summary>
    public int? Codebooks { get; init; }

    /// <summary>Kilobits per second of the plain codes.</summary>
    public double? Kilobits { get; init; }

    /// <summary>Kilobits per second of token files without their headers; null if the codec did not code it.</summary>
    public double? FileKilobits { get; init; }

    /// <summary>Mean mel distance.</summary>
    public required double Mel { get; init; }

    /// <summary>Mean STFT distance: log magnitude and spectral convergence together.</summary>
    public required double Stft { get; init; }

    /// <summary>Mean distance of log magnitudes.</summary>
    public required double LogMagnitude { get; init; }

    /// <summary>Mean spectral convergence.</summary>
    public required double Convergence { get; init; }

    /// <summary>Mean SI-SDR in dB; null without a clip that has one.</summary>
    public double? SiSdr { get; init; }

    /// <summary>Mean STOI; null without a clip that has one.</summary>
    public double? Stoi { get; init; }

    /// <summary>Mean ESTOI; null without a clip that has one.</summary>
    public double? Estoi { get; init; }

    /// <summary>Median of the decoded sounds' root mean squares in dB, relative to their clips'; null without a clip that has one.</summary>
    public double? Level { get; init; }

    /// <summary>Number of clips.</summary>
    public required int Clips { get; init; }

    /// <summary>Number of clips with STOI; the others are shorter than half a second, or silent.</summary>
    public required int StoiClips { get; init; }

    /// <summary>Seconds of audio encoded in a second; null if the codec did not code it.</summary>
    public double? EncodeSpeed { get; init; }

    /// <summary>Seconds of audio decoded in a second; null if the codec did not code it.</summary>
    public double? DecodeSpeed { get; init; }
}

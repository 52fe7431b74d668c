using Qwen2Audio.Tasks.Manifests;

namespace Qwen2Audio.Evaluation.Codecs;

/// <summary>Options of <see cref="CodecReportRun"/>.</summary>
public sealed record CodecReportOptions
{
    /// <summary>A manifest, or a folder of audio files; in a folder, the dataset is the name of the file's folder.</summary>
    public required string Source { get; init; }

    /// <summary>Rows of this split of a manifest are used.</summary>
    public string Split { get; init; } = "val";

    /// <summary>Only rows of these datasets; null: all.</summary>
    public IReadOnlyList<string>? Datasets { get; init; }

    /// <summary>Maximum clips of each dataset, evenly spaced; null: all.</summary>
    public int? Limit { get; init; }

    /// <summary>Numbers of codebooks to code with; null: as the codec's settings suggest.</summary>
    public IReadOnlyList<int>? Codebooks { get; init; }

    /// <summary>Folders of the same clips, decoded by other programs: each clip is a WAV or FLAC file with its path relative to <see cref="Source"/>.</summary>
    public IReadOnlyList<string> Decoded { get; init; } = [];

    /// <summary>Sampling rate of the comparison in Hz if there is no codec.</summary>
    public int SamplingRate { get; init; } = 16_000;

    /// <summary>File to which a JSON line is appended after each clip; null: none.</summary>
    public string? Answers { get; init; }

    /// <summary>Whether to resume an interrupted run: clips that already have a line in <see cref="Answers"/> are not coded again.</summary>
    public bool Resume { get; init; }

    /// <summary>Folder for the clips and decoded sounds as WAV files, one folder for each row of the report; null: none.</summary>
    public string? Sounds { get; init; }

    /// <summary>Whether to write how often each code occurred into the codec's folder, which makes its token files smaller. Needs all codebooks.</summary>
    public bool WriteStatistics { get; init; }

    /// <summary>Whether to write into our codec's folder the factors that make decoded sound as loud as the clips (<see cref="Inference.Codec.OutputGains"/>). Needs every number of codebooks.</summary>
    public bool WriteGains { get; init; }

    /// <summary>File for a page with spectrograms and players; null: none.</summary>
    public string? Page { get; init; }

    /// <summary>Number of clips on the page.</summary>
    public int PageClips { get; init; } = 6;

    /// <summary>Reported after every clip.</summary>
    public IProgress<ManifestProgress>? Progress { get; init; }
}

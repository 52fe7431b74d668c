namespace Qwen2Audio.Evaluation;

/// <summary>What <see cref="ValidationRun"/> measures on.</summary>
public sealed record ValidationOptions
{
    /// <summary>A tab-separated file whose first line names the columns: path, dataset, task, text_or_label, split and others.</summary>
    public required string Manifest { get; init; }

    /// <summary>Rows of this split are used.</summary>
    public string Split { get; init; } = "val";

    /// <summary>Only rows of these datasets; null: all.</summary>
    public IReadOnlyList<string>? Datasets { get; init; }

    /// <summary>Most rows of each dataset, taken at even distances; null: all.</summary>
    public int? Limit { get; init; }

    /// <summary>Beam width of our small models; null: the model's own.</summary>
    public int? BeamWidth { get; init; }

    /// <summary>Share of the CTC score in combined decoding of our small models; null: the model's own.</summary>
    public double? CtcWeight { get; init; }

    /// <summary>File that gets a JSON line about each clip as soon as it is measured (<see cref="EvaluatedClip"/>); null: none.</summary>
    public string? Answers { get; init; }

    /// <summary>Goes on with <see cref="Answers"/> of a run that was interrupted: clips that have an answer there are not asked about again.</summary>
    public bool Resume { get; init; }

    /// <summary>Told after every row.</summary>
    public IProgress<ValidationProgress>? Progress { get; init; }
}

/// <summary>How far a run is.</summary>
/// <param name="Done">Rows measured.</param>
/// <param name="Total">Rows in all.</param>
/// <param name="Path">The row just measured.</param>
public sealed record ValidationProgress(int Done, int Total, string Path);

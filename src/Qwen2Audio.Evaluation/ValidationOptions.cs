using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Manifests;

namespace Qwen2Audio.Evaluation;

/// <summary>Options of <see cref="ValidationRun"/>.</summary>
public sealed record ValidationOptions
{
    /// <summary>A tab-separated file whose first line names the columns: path, dataset, task, text_or_label, split and others.</summary>
    public required string Manifest { get; init; }

    /// <summary>Rows of this split are used.</summary>
    public string Split { get; init; } = "val";

    /// <summary>Only rows of these datasets; null: all.</summary>
    public IReadOnlyList<string>? Datasets { get; init; }

    /// <summary>Maximum rows of each dataset, evenly spaced; null: all.</summary>
    public int? Limit { get; init; }

    /// <summary>Beam width of our small models; null: the model's own.</summary>
    public int? BeamWidth { get; init; }

    /// <summary>Weight of the CTC score in combined decoding of our small models; null: the model's own.</summary>
    public double? CtcWeight { get; init; }

    /// <summary>Lets the model hear codec tokens of each clip alone; null: it hears the clip.</summary>
    public TokenHearing? Hearing { get; init; }

    /// <summary>File to which a JSON line (<see cref="EvaluatedClip"/>) is appended after each clip; null: none.</summary>
    public string? Answers { get; init; }

    /// <summary>Whether to resume an interrupted run: clips that already have an answer in <see cref="Answers"/> are not run again.</summary>
    public bool Resume { get; init; }

    /// <summary>Reported after every row.</summary>
    public IProgress<ManifestProgress>? Progress { get; init; }
}

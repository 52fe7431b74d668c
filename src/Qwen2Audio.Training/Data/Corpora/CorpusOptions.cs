namespace Qwen2Audio.Training.Data.Corpora;

/// <summary>How a corpus becomes a manifest.</summary>
public sealed record CorpusOptions
{
    /// <summary>The layout's name; null: recognised from the files.</summary>
    public string? Layout { get; init; }

    /// <summary>The dataset's name in the manifest; null: the layout's.</summary>
    public string? Dataset { get; init; }

    /// <summary>The licence that every row states.</summary>
    public string Licence { get; init; } = "";

    /// <summary>The source that every row states.</summary>
    public string Source { get; init; } = "";

    /// <summary>Percentage of the training audio that becomes validation, in whole speakers, if the corpus has no validation part of its own.</summary>
    public double ValidationPercent { get; init; } = 5;

    /// <summary>Seed of the choice of speakers.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Number of files read in parallel; 0: one per processor.</summary>
    public int Threads { get; init; }

    /// <summary>Called on several threads with the number of files read and the total.</summary>
    public Action<int, int>? Progress { get; init; }

    /// <summary>Names of the layouts.</summary>
    public static IReadOnlyList<string> Layouts { get; } = [.. CorpusLayout.All.Select(layout => layout.Name)];
}

namespace Qwen2Audio.Training.Data.Sources;

/// <summary>A sample that is left out, and why.</summary>
/// <param name="File">The file that it stands in.</param>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Reason">What is wrong: place, found, allowed.</param>
public sealed record SkippedSample(string File, int Line, string Reason)
{
    /// <summary>The step, from 1, at which it could not be loaded any more; null: it could not be used when training began.</summary>
    public long? Step { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{File}, line {Line}: {Reason}";
}

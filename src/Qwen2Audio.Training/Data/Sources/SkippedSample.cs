namespace Qwen2Audio.Training.Data.Sources;

/// <summary>A skipped sample, with the reason.</summary>
/// <param name="File">The file that lists it.</param>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Reason">What is wrong: place, value found, values allowed.</param>
public sealed record SkippedSample(string File, int Line, string Reason)
{
    /// <summary>The step, from 1, at which it failed to load; null: it was unusable when training began.</summary>
    public long? Step { get; init; }

    public override string ToString() => $"{File}, line {Line}: {Reason}";
}

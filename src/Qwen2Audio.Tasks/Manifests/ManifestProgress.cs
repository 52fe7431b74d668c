namespace Qwen2Audio.Tasks.Manifests;

/// <summary>Progress of a run over a manifest's rows.</summary>
/// <param name="Done">Number of rows done.</param>
/// <param name="Total">Total number of rows.</param>
/// <param name="Path">The latest row.</param>
public sealed record ManifestProgress(int Done, int Total, string Path);

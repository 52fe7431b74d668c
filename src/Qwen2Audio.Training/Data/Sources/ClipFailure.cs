using Qwen2Audio.Formats.Manifests;

namespace Qwen2Audio.Training.Data.Sources;

/// <summary>A clip that could not be used, and why.</summary>
public sealed record ClipFailure(ManifestRow Row, string Reason);

using Qwen2Audio.Formats.Manifests;

namespace Qwen2Audio.Training.Data.Sources;

/// <summary>An unusable clip, with the reason.</summary>
public sealed record ClipFailure(ManifestRow Row, string Reason);

namespace Qwen2Audio.Formats.Files;

/// <summary>A temporary folder that a killed process left.</summary>
/// <param name="Path">The folder.</param>
/// <param name="Bytes">Bytes of its files.</param>
/// <param name="Removed">Whether it is gone; else somebody may be writing it still.</param>
public sealed record FolderLeftover(string Path, long Bytes, bool Removed);

namespace Qwen2Audio.Formats.Files;

/// <summary>A temporary folder that a killed process left.</summary>
/// <param name="Path">The folder.</param>
/// <param name="Bytes">Total size of its files in bytes.</param>
/// <param name="Removed">Whether it was removed; otherwise another process may still be writing it.</param>
public sealed record FolderLeftover(string Path, long Bytes, bool Removed);

using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Checkpoints;

/// <summary>Files beside the weights that are read as a whole.</summary>
internal static class SmallFile
{
    /// <summary>The file's bytes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">Its largest size.</param>
    /// <param name="allowed">What it should be, for messages.</param>
    /// <exception cref="CheckpointException">There is no such file, it is a folder, or it is too long.</exception>
    /// <exception cref="IOException">It cannot be read, or is not a regular file.</exception>
    public static byte[] Read(string path, int maxBytes, string allowed)
    {
        if (Directory.Exists(path)) throw new CheckpointException(path, "path", "a folder", allowed);
        PlainFile.Require(path);
        var file = new FileInfo(path);
        if (!file.Exists) throw new CheckpointException(path, "path", "nothing: there is no such file", allowed);
        return file.Length <= maxBytes ? File.ReadAllBytes(path) : throw new CheckpointException(path, "size", $"{file.Length} bytes", $"at most {maxBytes}");
    }
}

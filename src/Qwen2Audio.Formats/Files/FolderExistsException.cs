namespace Qwen2Audio.Formats.Files;

/// <summary>A folder that should be created already exists; it is not replaced.</summary>
public sealed class FolderExistsException(string path) : IOException($"{path} already exists and is not overwritten; name another folder, or remove this one first.")
{
    /// <summary>Throws if a path exists.</summary>
    /// <exception cref="FolderExistsException">It exists.</exception>
    public static void ThrowIfThere(string path)
    {
        if (System.IO.Path.Exists(path)) throw new FolderExistsException(path);
    }
}

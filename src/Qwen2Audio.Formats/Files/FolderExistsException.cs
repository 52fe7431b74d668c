namespace Qwen2Audio.Formats.Files;

/// <summary>A folder that is to be made is there already; nothing is replaced.</summary>
public sealed class FolderExistsException(string path) : IOException($"{path} is there already, and nothing is overwritten: name another folder, or remove that one first.")
{
    /// <summary>Throws if there is something at a path.</summary>
    /// <exception cref="FolderExistsException">There is.</exception>
    public static void ThrowIfThere(string path)
    {
        if (System.IO.Path.Exists(path)) throw new FolderExistsException(path);
    }
}

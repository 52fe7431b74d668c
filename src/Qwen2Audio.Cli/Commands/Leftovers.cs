using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Cli.Commands;

/// <summary>Temporary folders that killed commands left next to a folder to be created.</summary>
internal static class Leftovers
{
    /// <summary>Removes leftovers that no process is writing, and reports it; lists the others.</summary>
    public static void Clear(string target)
    {
        try
        {
            foreach (var left in AtomicFolder.ClearAbandoned(target))
                Warnings.Write(left.Removed ? $"{left.Path} ({Bytes.Shown(left.Bytes)}), left by a killed command, was removed."
                    : $"{left.Path} ({Bytes.Shown(left.Bytes)}) was left by a killed command or is still being written; remove it if no command is running there.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // If the folder cannot be listed, creating the new one will report why.
        }
    }
}

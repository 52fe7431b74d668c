using Qwen2Audio.Cli.Output;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Cli.Commands;

/// <summary>What killed commands left beside a folder that is to be made.</summary>
internal static class Leftovers
{
    /// <summary>Removes what nobody writes any more, and says so; names the rest.</summary>
    public static void Clear(string target)
    {
        try
        {
            foreach (var left in AtomicFolder.ClearAbandoned(target))
                Warnings.Write(left.Removed ? $"{left.Path} ({Bytes.Shown(left.Bytes)}), which a command that was killed had left, is removed."
                    : $"{left.Path} ({Bytes.Shown(left.Bytes)}) was left by a command that was killed, or is being written: remove it if no command is running there.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // a folder that cannot be listed: making the new one says what is wrong
        }
    }
}

namespace Qwen2Audio.Testing;

/// <summary>Signals that tests send.</summary>
public static class Signals
{
    private static readonly Dictionary<string, int> Numbers = new(StringComparer.Ordinal) { ["HUP"] = 1, ["INT"] = 2, ["TERM"] = 15 };

    /// <summary>
    /// Why a test cannot send a signal, null if it can: there are none on this system, or the tests run where it is ignored (HUP under nohup,
    /// INT in the background of a script), which their children inherit.
    /// </summary>
    public static string? CannotSend(string signal)
    {
        if (OperatingSystem.IsWindows()) return "There are no such signals here.";
        if (!File.Exists("/proc/self/status")) return null;
        var ignored = File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
        return ignored is null || ((Convert.ToUInt64(ignored[7..].Trim(), 16) >> (Numbers[signal] - 1)) & 1) == 0 ? null
            : $"The tests run where SIG{signal} is ignored, and so do the programs that they start.";
    }
}

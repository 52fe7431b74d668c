using System.Text.Json;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Training.Runs;

/// <summary>The step of the last measured checkpoint; <c>measured.json</c> of a run.</summary>
internal static class LastMeasured
{
    internal const string FileName = "measured.json";

    /// <summary>Reads a run's step; 0 when there is none or it cannot be read.</summary>
    public static long Read(string run)
    {
        try
        {
            var path = Path.Combine(run, FileName);
            return File.Exists(path) ? JsonSerializer.Deserialize<State>(PlainFile.ReadAllText(path))?.Step ?? 0 : 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return 0;
        }
    }

    /// <summary>Writes it to a run.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string run, long step) => AtomicFile.Write(Path.Combine(run, FileName), JsonSerializer.SerializeToUtf8Bytes(new State(step)));

    private sealed record State(long Step);
}

using System.Text.Json;
using Qwen2Audio.Formats;

namespace Qwen2Audio.Training.Runs;

/// <summary>The checkpoint of which a measurement was best; <c>best.json</c> of a run.</summary>
/// <param name="Step">Its step.</param>
/// <param name="Figure">What was measured; lower is better.</param>
public sealed record BestCheckpoint(long Step, double Figure)
{
    private const string FileName = "best.json";

    /// <summary>Reads a run's; null when there is none, it cannot be read or says nothing of use.</summary>
    internal static BestCheckpoint? Read(string run)
    {
        try
        {
            var path = Path.Combine(run, FileName);
            var best = File.Exists(path) ? JsonSerializer.Deserialize<BestCheckpoint>(PlainFile.ReadAllText(path)) : null;
            return best is { Step: > 0 } && double.IsFinite(best.Figure) ? best : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes it into a run.</summary>
    internal void Write(string run) => AtomicFile.Write(Path.Combine(run, FileName), JsonSerializer.SerializeToUtf8Bytes(this));
}

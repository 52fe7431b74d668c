using System.Text.Json;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Json;

namespace Qwen2Audio.Training.Runs;

/// <summary>The checkpoint with the best measurement; <c>best.json</c> of a run.</summary>
/// <param name="Step">Its step.</param>
/// <param name="Figure">The measured value; lower is better.</param>
public sealed record BestCheckpoint(long Step, double Figure)
{
    internal const string FileName = "best.json";

    /// <summary>Reads a run's best checkpoint; null when there is none. <paramref name="damage"/> describes an unusable file.</summary>
    internal static BestCheckpoint? Read(string run, out string? damage)
    {
        damage = null;
        try
        {
            var path = Path.Combine(run, FileName);
            if (!Path.Exists(path)) return null;
            return ConfigObject.Read(path, json => new BestCheckpoint(json.Long(nameof(Step), min: 1), json.Number(nameof(Figure))));
        }
        catch (ConfigException exception)
        {
            damage = string.Join("; ", exception.Problems);
        }

        return null;
    }

    /// <summary>
    /// Finds the best of these steps by the first value of each line of validation.jsonl; null when
    /// none was measured. Ignores unreadable lines.
    /// </summary>
    internal static BestCheckpoint? Measured(string measurements, IReadOnlyCollection<long> steps)
    {
        var found = new Dictionary<long, double>();
        try
        {
            if (!File.Exists(measurements)) return null;
            foreach (var line in PlainFile.ReadAllText(measurements).Split('\n'))
                if (Line(line) is { } measured) found[measured.Step] = measured.Figure; // the last measurement of a repeated step counts
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        return found.Where(pair => steps.Contains(pair.Key)).OrderBy(pair => pair.Value).ThenBy(pair => pair.Key)
            .Select(pair => new BestCheckpoint(pair.Key, pair.Value)).FirstOrDefault();
    }

    /// <summary>Writes it to a run.</summary>
    internal void Write(string run) => AtomicFile.Write(Path.Combine(run, FileName), JsonSerializer.SerializeToUtf8Bytes(this));

    private static BestCheckpoint? Line(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var members = json.RootElement.EnumerateObject().ToList();
            return members is [{ Name: "step" }, { Value.ValueKind: JsonValueKind.Number }, ..] ? new BestCheckpoint(members[0].Value.GetInt64(), members[1].Value.GetDouble()) : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}

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

    /// <summary>Member of a line of validation.jsonl for <see cref="MeasuredOn"/>.</summary>
    internal const string MeasuredOnMember = "measured_on";

    /// <summary>What was measured on (<see cref="TrainingTask.MeasuredOn"/>); empty where that was not recorded.</summary>
    public string MeasuredOn { get; init; } = "";

    /// <summary>Reads a run's best checkpoint; null when there is none. <paramref name="damage"/> describes an unusable file.</summary>
    internal static BestCheckpoint? Read(string run, out string? damage)
    {
        damage = null;
        try
        {
            var path = Path.Combine(run, FileName);
            if (!Path.Exists(path)) return null;
            return ConfigObject.Read(path, json =>
                new BestCheckpoint(json.Long(nameof(Step), min: 1), json.Number(nameof(Figure))) { MeasuredOn = json.StringOr(nameof(MeasuredOn), "") });
        }
        catch (ConfigException exception)
        {
            damage = string.Join("; ", exception.Problems);
        }

        return null;
    }

    /// <summary>
    /// Finds the best of these steps by the first value of each line of validation.jsonl that was measured on the same; null when
    /// none was. Ignores unreadable lines.
    /// </summary>
    /// <param name="measurements">The path of validation.jsonl.</param>
    /// <param name="on">What must have been measured on; null: what the last line was.</param>
    internal static BestCheckpoint? Measured(string measurements, IReadOnlyCollection<long> steps, string? on = null)
    {
        var found = new List<BestCheckpoint>();
        try
        {
            if (!File.Exists(measurements)) return null;
            foreach (var line in PlainFile.ReadAllText(measurements).Split('\n'))
                if (Line(line) is { } measured) found.Add(measured);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        on ??= found.LastOrDefault()?.MeasuredOn;
        return found.Where(measured => measured.MeasuredOn == on && steps.Contains(measured.Step))
            .GroupBy(measured => measured.Step, (_, repeated) => repeated.Last()) // the last measurement of a repeated step counts
            .OrderBy(measured => measured.Figure).ThenBy(measured => measured.Step).FirstOrDefault();
    }

    /// <summary>Writes it to a run.</summary>
    internal void Write(string run) => AtomicFile.Write(Path.Combine(run, FileName), JsonSerializer.SerializeToUtf8Bytes(this));

    private static BestCheckpoint? Line(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var members = json.RootElement.EnumerateObject().ToList();
            if (members is not [{ Name: "step" }, { Value.ValueKind: JsonValueKind.Number }, ..]) return null;
            return new BestCheckpoint(members[0].Value.GetInt64(), members[1].Value.GetDouble())
            {
                MeasuredOn = json.RootElement.TryGetProperty(MeasuredOnMember, out var on) ? on.GetString() ?? "" : "",
            };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}

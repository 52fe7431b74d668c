using System.Text.Encodings.Web;
using System.Text.Json;

namespace Qwen2Audio.Evaluation;

/// <summary>Formats a <see cref="ValidationResult"/> as text or as one JSON object.</summary>
public static class ValidationReport
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>A table with one line per measure.</summary>
    /// <param name="withSkipped">Whether to list the skipped clips too, one per line.</param>
    public static string ToText(ValidationResult result, bool withSkipped = true)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{result.Model} on {result.Manifest}, split {result.Split}: {result.Rows} clips, {result.SecondsOfAudio:F1} s");
        text.AppendLine(CultureInfo.InvariantCulture, $"combined: {result.Decoding}; texts compared as \"{result.Normaliser}\"");
        var lines = result.Measures.Select(measure => new[]
        {
            measure.Name, measure.On, measure.By, measure.Value?.ToString("P1", CultureInfo.InvariantCulture) ?? "–",
            $"{measure.Count}/{measure.Total}", measure.Detail,
        }).ToList();
        lines.Insert(0, ["measure", "on", "by", "value", "count", "detail"]);
        int[] widths = [.. Enumerable.Range(0, 6).Select(column => lines.Max(line => line[column].Length))];
        foreach (var line in lines)
            text.AppendLine(string.Join("  ", line.Select((cell, i) => i is 3 or 4 ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))).TrimEnd());
        foreach (var (task, mistakes) in result.Mistakes.Where(pair => pair.Value.Count > 0))
            text.AppendLine(CultureInfo.InvariantCulture,
                $"{task}, wrong: {string.Join(", ", mistakes.Take(12).Select(mistake => $"{mistake.Truth} → {mistake.Answer} ({mistake.Count})"))}");
        var speed = result.SecondsTaken > 0 ? result.SecondsOfAudio / result.SecondsTaken : 0;
        text.AppendLine(CultureInfo.InvariantCulture, $"real-time factor {result.RealTimeFactor:F4} ({speed.ToString(speed < 10 ? "F1" : "F0", CultureInfo.InvariantCulture)} times faster than real time)");
        foreach (var skipped in withSkipped ? result.Skipped : []) text.AppendLine(CultureInfo.InvariantCulture, $"left out: {skipped}");
        return text.ToString();
    }

    /// <summary>One JSON object on one line.</summary>
    public static string ToJson(ValidationResult result) => JsonSerializer.Serialize(new
    {
        result.Model,
        result.Manifest,
        result.Split,
        result.Normaliser,
        result.Decoding,
        result.Rows,
        result.Measures,
        Mistakes = result.Mistakes.ToDictionary(
            pair => pair.Key, pair => pair.Value.Select(mistake => new { mistake.Truth, mistake.Answer, mistake.Count }), StringComparer.Ordinal),
        result.Skipped,
        result.Warnings,
        result.SecondsOfAudio,
        result.SecondsTaken,
        result.RealTimeFactor,
    }, Options);
}

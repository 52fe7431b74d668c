using System.Text.Json.Nodes;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Training.Runs;

/// <summary>
/// Writes a run's metrics to <c>metrics.jsonl</c> and TensorBoard's event files. They are appended in place, since losing a line is harmless.
/// A write failure gives a warning, and another one with the number of missing entries when writing works again.
/// </summary>
internal sealed class RunMetrics(string run, Action<string> warn, Func<string, long, EventFile>? create = null) : IDisposable
{
    private const string EventsOf = "The events for TensorBoard";
    private readonly Func<string, long, EventFile> _create = create ?? EventFile.Create;
    private readonly Dictionary<string, int> _missing = new(StringComparer.Ordinal);
    private EventFile? _events;

    /// <summary>Adds a step to both.</summary>
    public void Add(StepReport step)
    {
        AddLine(Path.Combine(run, "metrics.jsonl"), step.ToJson());
        Events(step.Step, Figures(step));
    }

    /// <summary>Adds a measurement to both.</summary>
    public void AddMeasured(long step, IReadOnlyList<(string Name, double Value)> figures, string measuredOn = "")
    {
        var json = new JsonObject { ["step"] = step };
        foreach (var (name, value) in figures) json[name] = double.IsFinite(value) ? Math.Round(value, 6) : null;
        if (measuredOn.Length > 0) json[BestCheckpoint.MeasuredOnMember] = measuredOn;
        AddLine(Path.Combine(run, "validation.jsonl"), json.ToJsonString());
        Events(step, figures.Select(figure => ("validation/" + figure.Name, (float)figure.Value)));
    }

    /// <summary>Adds a line to a file of the run.</summary>
    public void AddLine(string path, string line) => Try(Path.GetFileName(path), () => LineFile.Append(path, line));

    /// <summary>Closes the events; a failure to write the rest hides no other error.</summary>
    public void Dispose()
    {
        if (_events is not null) Try(EventsOf, _events.Dispose);
    }

    private static IEnumerable<(string Name, float Value)> Figures(StepReport step)
    {
        yield return ("loss/total", (float)step.Loss);
        foreach (var part in step.Parts) yield return ("loss/" + part.Name, (float)part.Value);
        foreach (var stage in step.Stages)
        {
            var prefix = stage.Name.Length == 0 ? "" : stage.Name + "/";
            yield return (prefix + "gradient_norm", (float)stage.GradientNorm);
            yield return (prefix + "learning_rate", (float)stage.LearningRate);
        }

        yield return ("speed/tokens_per_second", (float)(step.Data.Tokens / Math.Max(1e-9, step.Seconds)));
        yield return ("skipped_steps", step.SkippedSteps);
    }

    private void Events(long step, IEnumerable<(string Name, float Value)> figures) => Try(EventsOf, () =>
    {
        _events ??= _create(Path.Combine(run, "tensorboard"), step);
        _events.Add(step, figures);
    });

    private void Try(string what, Action write)
    {
        try
        {
            write();
            if (_missing.Remove(what, out var count)) warn($"{what} can be written again; {count} {(count == 1 ? "entry is" : "entries are")} missing.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (_missing.TryAdd(what, 1)) warn($"{what} cannot be written; training continues without it: {exception.Message}");
            else _missing[what]++;
        }
    }
}

using System.Diagnostics;
using Qwen2Audio.Evaluation;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Cli.Commands;

/// <summary>Training progress: a line every few seconds, with loss, speed and time left.</summary>
/// <param name="json">Write JSON.</param>
/// <param name="quiet">Omit lines about loading and steps.</param>
/// <param name="loading">Where lines about loading go; null: standard output.</param>
internal sealed class TrainingDisplay(bool json, bool quiet = false, TextWriter? loading = null)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
    private readonly Lock _gate = new();
    private readonly Stopwatch _sinceLine = Stopwatch.StartNew();
    private readonly Stopwatch _sinceStart = Stopwatch.StartNew();
    private string _loading = "";
    private long _firstStep;
    private readonly List<(string Name, double Sum)> _parts = []; // weighted, in the order of the first report
    private readonly List<(string Name, double Sum)> _figures = [];
    private double _loss;
    private double _tokens;
    private double _audio;
    private double _seconds;
    private int _steps;

    /// <summary>Reports what <c>--check</c> found, as text or as <paramref name="fields"/>.</summary>
    public static void Ready(string recipe, string found, long memory, object fields, bool json)
    {
        if (json) JsonOutput.WriteLine(fields);
        else Console.Out.WriteLine($"recipe ok: {TerminalText.Name(recipe)}: {found}, at least {(memory < 1e9 ? $"{memory / 1e6:0} MB" : $"{memory / 1e9:0.0} GB")} of memory");
    }

    public void Loading(string what, int done, int all)
    {
        if (quiet) return;
        lock (_gate)
        {
            var first = _loading != what;
            if (!first && done < all && _sinceLine.Elapsed < Pause) return;
            _loading = what;
            _sinceLine.Restart();
            if (json) JsonOutput.WriteLine(new { phase = what, done, all });
            else (loading ?? Console.Out).WriteLine($"{what}: {done} of {all}");
        }
    }

    /// <summary>Reports what will be trained, before the first step, as text or as <paramref name="fields"/>.</summary>
    public void Start(TrainingLoop trainer, string what, object fields)
    {
        if (quiet) return;
        _firstStep = trainer.Step;
        _sinceStart.Restart();
        _sinceLine.Restart();
        if (json)
        {
            JsonOutput.WriteLine(fields);
            return;
        }

        Console.Out.WriteLine(what);
        if (trainer.Resumed) Console.Out.WriteLine($"resuming after step {trainer.Step} of {trainer.TotalSteps}");
    }

    public void Step(StepReport report)
    {
        if (quiet) return;
        _loss += report.Loss;
        // A part with weight 0 is not in the loss and is reported as a figure.
        foreach (var part in report.Parts) Add(part.Weight == 0 ? _figures : _parts, part.Name, part.Weight == 0 ? part.Value : part.Weight * part.Value);
        _tokens += report.Data.Tokens;
        _audio += report.Data.SecondsOfAudio;
        _seconds += report.Seconds;
        _steps++;
        if (_sinceLine.Elapsed < Pause && report.Step != report.TotalSteps) return;
        var left = _sinceStart.Elapsed / (report.Step - _firstStep) * (report.TotalSteps - report.Step);
        if (json)
        {
            JsonOutput.WriteLine(new
            {
                step = report.Step,
                steps = report.TotalSteps,
                loss = Math.Round(_loss / _steps, 4),
                weighted = _parts.ToDictionary(part => part.Name, part => Math.Round(part.Sum / _steps, 4), StringComparer.Ordinal),
                figures = _figures.Count == 0 ? null : _figures.ToDictionary(part => part.Name, part => Math.Round(part.Sum / _steps, 4), StringComparer.Ordinal),
                mean_over_steps = _steps,
                learning_rate = report.Stages[0].LearningRate,
                tokens_per_second = Math.Round(_tokens / _seconds),
                seconds_left = Math.Round(left.TotalSeconds),
            });
        }
        else
        {
            var parts = string.Join(" + ", _parts.Select(part => $"{part.Name} {part.Sum / _steps:0.000}"));
            Console.Out.WriteLine(
                $"step {report.Step}/{report.TotalSteps}  loss {_loss / _steps:0.000} = {parts} (weighted, mean over {_steps} steps)  "
                + string.Concat(_figures.Select(part => $"{part.Name} {part.Sum / _steps:0.000}  "))
                + $"rate {report.Stages[0].LearningRate:0.00e+0}  {_tokens / _seconds:0} tokens/s"
                + (_audio > 0 ? $", {_audio / _seconds:0}× real time" : "") + $"  left {left:h\\:mm\\:ss}"
                + (report.SkippedSteps > 0 ? $"  skipped {report.SkippedSteps}" : ""));
        }

        _parts.Clear();
        _figures.Clear();
        (_loss, _tokens, _audio, _seconds, _steps) = (0, 0, 0, 0, 0);
        _sinceLine.Restart();
    }

    private static void Add(List<(string Name, double Sum)> sums, string name, double value)
    {
        var i = sums.FindIndex(part => part.Name == name);
        if (i < 0) sums.Add((name, value));
        else sums[i] = (name, sums[i].Sum + value);
    }

    public void Measured(long step, IReadOnlyList<(string Name, double Value)> figures)
    {
        if (json) JsonOutput.WriteLine(new { measured = step, figures = figures.ToDictionary(figure => figure.Name, figure => double.IsFinite(figure.Value) ? Math.Round(figure.Value, 6) : (double?)null, StringComparer.Ordinal) });
        else Console.Out.WriteLine($"measured after step {step}: {string.Join(", ", figures.Select(figure => $"{figure.Name} {figure.Value:0.0000}"))}");
    }

    public void Measured(ValidationResult result) =>
        Console.Out.WriteLine(json ? ValidationReport.ToJson(result) : ValidationReport.ToText(result));

    public void Saved(string folder)
    {
        if (json) JsonOutput.WriteLine(new { saved = folder });
        else Console.Out.WriteLine($"saved {TerminalText.Name(folder)}");
    }

    /// <summary>Reports the end of the run and how to use the result.</summary>
    public void Done(string checkpoint, string use, BestCheckpoint? best)
    {
        if (json) JsonOutput.WriteLine(new { done = true, model = checkpoint, best = best?.Step });
        else Console.Out.WriteLine($"done; to use it: {use}" + (best is null ? "" : $" (best: the checkpoint after step {best.Step}, {best.Figure:0.0000})"));
    }
}

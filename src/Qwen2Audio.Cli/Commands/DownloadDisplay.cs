using Qwen2Audio.Hub.Download;
using Spectre.Console;

namespace Qwen2Audio.Cli.Commands;

/// <summary>Download progress on standard error: bars on a terminal, otherwise one line per file; with --json one object per line on standard output.</summary>
internal sealed class DownloadDisplay
{
    private const long LineMilliseconds = 1000;
    private const int ShownNames = 8;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ProgressTask> _tasks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _told = new(StringComparer.Ordinal);
    private readonly bool _json;
    private readonly IAnsiConsole? _console;
    private readonly ProgressContext? _bars;

    private DownloadDisplay(bool json, IAnsiConsole? console = null, ProgressContext? bars = null) => (_json, _console, _bars) = (json, console, bars);

    /// <summary>Runs a download and shows its progress.</summary>
    public static Task<DownloadResult> ShowAsync(bool json, Func<Action<DownloadEvent>, Task<DownloadResult>> download)
    {
        if (json || Console.IsErrorRedirected) return download(new DownloadDisplay(json).Report);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress().Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(),
                new TransferSpeedColumn(), new RemainingTimeColumn())
            .StartAsync(bars => download(new DownloadDisplay(json, console, bars).Report));
    }

    private void Report(DownloadEvent happened)
    {
        lock (_gate)
        {
            if (_json) WriteJson(happened);
            else if (happened is DownloadProgress progress) Advance(progress);
            else Say(happened);
        }
    }

    private void Advance(DownloadProgress progress)
    {
        if (_bars is null) return;
        if (!_tasks.TryGetValue(progress.File, out var task))
            _tasks.Add(progress.File, task = _bars.AddTask(Markup.Escape(progress.File), maxValue: Math.Max(1, progress.Size ?? progress.Bytes)));
        task.Value = progress.Bytes;
    }

    private void Say(DownloadEvent happened)
    {
        switch (happened)
        {
            case DownloadPlanned plan:
                Line($"{plan.Files} files, {Size(plan.Bytes)}, {Size(plan.Missing)} to download (commit {plan.Commit})");
                if (plan.Skipped.Count > 0)
                    Line($"left out: {string.Join(", ", plan.Skipped.Take(ShownNames))}{(plan.Skipped.Count > ShownNames ? $" and {plan.Skipped.Count - ShownNames} more" : "")} (use --include to download them)");
                break;
            case DownloadWaiting waiting:
                Line($"another download of this model is running ({waiting.LockFile}); waiting for it");
                break;
            case DownloadLeftovers left:
                Line($"warning: earlier downloads of this model left {Size(left.Bytes)} that this one does not use: {string.Join(", ", left.Files.Take(ShownNames))}{(left.Files.Count > ShownNames ? $" and {left.Files.Count - ShownNames} more" : "")}. Remove them unless you want to resume another revision or selection.");
                break;
            case DownloadRetry retry:
                Line($"{retry.What}: {retry.Reason}; trying again in {retry.Delay.TotalSeconds:0.0} s");
                break;
            case DownloadFinished finished when _bars is null:
                Line($"{finished.File}: {(finished.WasPresent ? "already present" : finished.Checked ? "downloaded and verified" : "downloaded")}, {Size(finished.Size)}");
                break;
        }
    }

    private void WriteJson(DownloadEvent happened)
    {
        switch (happened)
        {
            case DownloadPlanned plan:
                JsonOutput.WriteLine(new { @event = "plan", commit = plan.Commit, files = plan.Files, bytes = plan.Bytes, missing = plan.Missing, skipped = plan.Skipped });
                break;
            case DownloadWaiting waiting:
                JsonOutput.WriteLine(new { @event = "waiting", lock_file = waiting.LockFile });
                break;
            case DownloadProgress progress when Environment.TickCount64 - _told.GetValueOrDefault(progress.File, -LineMilliseconds) >= LineMilliseconds:
                _told[progress.File] = Environment.TickCount64;
                JsonOutput.WriteLine(new { @event = "progress", file = progress.File, bytes = progress.Bytes, size = progress.Size });
                break;
            case DownloadFinished finished:
                JsonOutput.WriteLine(new { @event = "file", file = finished.File, size = finished.Size, was_present = finished.WasPresent, @checked = finished.Checked });
                break;
            case DownloadLeftovers left:
                JsonOutput.WriteLine(new { @event = "leftovers", files = left.Files, bytes = left.Bytes });
                break;
            case DownloadRetry retry:
                JsonOutput.WriteLine(new { @event = "retry", what = retry.What, reason = retry.Reason, seconds = Math.Round(retry.Delay.TotalSeconds, 1) });
                break;
        }
    }

    // Lines are written above the bars.
    private void Line(string text)
    {
        if (_console is null) Console.Error.WriteLine(text);
        else _console.WriteLine(text);
    }

    private static string Size(long bytes) => bytes switch
    {
        < 1 << 20 => $"{bytes / 1024.0:0.0} KiB",
        < 1L << 30 => $"{bytes / 1048576.0:0.0} MiB",
        _ => $"{bytes / 1073741824.0:0.00} GiB",
    };
}

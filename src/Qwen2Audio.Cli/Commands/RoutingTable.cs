using Qwen2Audio.Evaluation;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Routing;
using Qwen2Audio.Text.FrontEnd;

namespace Qwen2Audio.Cli.Commands;

/// <summary>What info --routing reports: the experts that serve each task on each dataset.</summary>
internal static class RoutingTable
{
    /// <summary>Counts and writes the table.</summary>
    /// <returns>The exit code.</returns>
    public static int Write(string folder, string source, TextFrontEnd? frontEnd, string split, int limit, int threads, bool json, CancellationToken cancellation)
    {
        using var model = TaskRouting.Load(folder, frontEnd, new ModelLoadOptions { Threads = threads });
        var failed = new List<string>();
        var uses = RoutingRun.Run(model, source, split, limit, (path, reason) => failed.Add($"{path} is left out: {reason}"), Console.IsErrorRedirected ? null : new EvaluationProgress(), cancellation);
        foreach (var text in failed) Warnings.Write(text);
        if (uses.Count == 0) return ExitCodes.BadInput;
        if (json)
        {
            JsonOutput.WriteLine(new
            {
                model = folder,
                source,
                experts_per_row = uses[0].Use.ExpertsPerRow,
                routing = uses.Select(use => new
                {
                    use.Task,
                    use.Dataset,
                    use.Clips,
                    rows = use.Use.Rows,
                    layers = use.Use.Layers.Select((layer, place) => new { layer, counts = use.Use.Counts(place) }),
                }),
                warnings = failed,
            });
            return ExitCodes.Success;
        }

        List<RoutedDataset> all = [.. uses.GroupBy(use => use.Task).SelectMany(task => task.Count() == 1 ? task : task.Append(Sum(task.Key, [.. task])))];
        TextTable.Write(["task", "dataset", "clips", "rows", "layer", .. Enumerable.Range(0, all[0].Use.Counts(0).Count).Select(e => $"expert {e}")], all.SelectMany(use => use.Use.Layers.Select((layer, place) =>
            (string[])[
                use.Task, TerminalText.Shown(use.Dataset), $"{use.Clips}", $"{use.Use.Rows}", $"{layer}",
                .. use.Use.Counts(place).Select(count => string.Create(CultureInfo.InvariantCulture, $"{100.0 * count / Math.Max(1, use.Use.Rows):0.0} %")),
            ])));
        return ExitCodes.Success;
    }

    private static RoutedDataset Sum(string task, List<RoutedDataset> uses)
    {
        var sum = uses[0].Use.Empty();
        foreach (var use in uses) sum.Add(use.Use);
        return new RoutedDataset(task, "all", uses.Sum(use => use.Clips), sum);
    }
}

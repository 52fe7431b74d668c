using Qwen2Audio.Evaluation.Codecs;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Tasks.Manifests;
using Qwen2Audio.Tasks.Routing;

namespace Qwen2Audio.Evaluation;

/// <summary>The experts that serve a task on a dataset.</summary>
/// <param name="Task">The task.</param>
/// <param name="Dataset">The dataset, or the folder of the files.</param>
/// <param name="Clips">Number of clips.</param>
/// <param name="Use">The counts.</param>
public sealed record RoutedDataset(string Task, string Dataset, int Clips, RouterUse Use);

/// <summary>Counts which experts serve which task, for each dataset of a manifest or each folder of audio files.</summary>
public static class RoutingRun
{
    /// <summary>Does every task of the model on the clips. A text that is missing is not spoken.</summary>
    /// <param name="model">The model.</param>
    /// <param name="source">A manifest, or a folder of audio files.</param>
    /// <param name="split">Rows of the manifest.</param>
    /// <param name="limit">At most this many clips of each dataset, evenly spaced.</param>
    /// <param name="failed">Called with clips that cannot be used, and the reason.</param>
    /// <param name="progress">Reported after every clip.</param>
    /// <param name="cancellation">Cancels the work.</param>
    /// <exception cref="ManifestException">The manifest or folder is not usable.</exception>
    public static IReadOnlyList<RoutedDataset> Run(
        TaskRouting model, string source, string split = "val", int limit = 20, Action<string, string>? failed = null, IProgress<ManifestProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        var datasets = Directory.Exists(source) ? ClipSelection.Datasets(SoundFiles.Of(source), source, "", null) : ClipSelection.Datasets(Manifest.Read(source).Require(split), source, split, null);
        List<ManifestRow> rows = [.. datasets.SelectMany(dataset => ClipSelection.Spread(dataset, limit))];
        var uses = new Dictionary<(string Task, string Dataset), (int Clips, RouterUse Use)>();
        foreach (var (row, i) in rows.Select((row, i) => (row, i)))
        {
            try
            {
                var clip = ManifestAudio.Read(row);
                List<(string, RouterUse)> done = [.. model.Tasks.Where(task => task != "speak" || row.Text.Length > 0).Select(task => (task, model.Use(task, clip, row.Text, cancellation)))];
                foreach (var (task, use) in done) // only if all of them could be done
                {
                    if (uses.TryGetValue((task, row.Dataset), out var sum))
                    {
                        sum.Use.Add(use);
                        uses[(task, row.Dataset)] = (sum.Clips + 1, sum.Use);
                    }
                    else uses[(task, row.Dataset)] = (1, use);
                }
            }
#pragma warning disable CA1031 // whatever one clip causes, the others still count
            catch (Exception exception) when (!cancellation.IsCancellationRequested)
#pragma warning restore CA1031
            {
                failed?.Invoke(row.Path, exception.Message);
            }

            progress?.Report(new ManifestProgress(i + 1, rows.Count, row.Path));
        }

        return [.. model.Tasks.SelectMany(task => datasets.Select(dataset => dataset[0].Dataset).Where(dataset => uses.ContainsKey((task, dataset)))
            .Select(dataset => new RoutedDataset(task, dataset, uses[(task, dataset)].Clips, uses[(task, dataset)].Use)))];
    }
}

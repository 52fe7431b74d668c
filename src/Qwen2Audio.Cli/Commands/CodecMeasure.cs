using Qwen2Audio.Evaluation.Sound;
using Qwen2Audio.Training.Codec;

namespace Qwen2Audio.Cli.Commands;

/// <summary>
/// The metrics of a codec on its validation rows, over all recordings and for each dataset: losses, then intelligibility and distortion. A metric's mean
/// leaves out recordings that are too short for it.
/// </summary>
internal static class CodecMeasure
{
    /// <summary>The first metric, by which the best checkpoint is chosen, is the weighted loss over all recordings.</summary>
    public static IReadOnlyList<(string Name, double Value)> Run(CodecTask task, int samplingRate, CancellationToken cancellation)
    {
        var measured = new List<(string Dataset, string Name, double Value)>();
        var found = task.Measure((dataset, reference, made) =>
        {
            if (ShortTimeIntelligibility.Measure(reference, made, samplingRate) is { } heard)
            {
                measured.Add((dataset, "stoi", heard.Stoi));
                measured.Add((dataset, "estoi", heard.Estoi));
            }

            if (SignalDistortion.ScaleInvariant(reference, made) is var ratio && double.IsFinite(ratio)) measured.Add((dataset, "si_sdr", ratio));
        }, cancellation);
        var clips = found.Sum(figures => figures.Clips);
        var all = found[0].Figures.Select((figure, i) => (figure.Name, found.Sum(figures => figures.Clips * figures.Figures[i].Value) / clips));
        return
        [
            .. all, .. Means(measured, ""),
            .. found.SelectMany(figures => figures.Figures.Select(figure => ($"{figures.Dataset}.{figure.Name}", figure.Value))
                .Concat(Means(measured.Where(value => value.Dataset == figures.Dataset), figures.Dataset + "."))),
        ];
    }

    private static IEnumerable<(string Name, double Value)> Means(IEnumerable<(string Dataset, string Name, double Value)> values, string prefix) =>
        values.GroupBy(value => value.Name, StringComparer.Ordinal).Select(group => (prefix + group.Key, group.Average(value => value.Value)));
}

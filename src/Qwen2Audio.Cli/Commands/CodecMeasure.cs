using Qwen2Audio.Training.Codec;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The figures of a codec on its validation rows, over all datasets and for each.</summary>
internal static class CodecMeasure
{
    /// <summary>The first figure, by which the best checkpoint is kept, is the weighted loss over all recordings.</summary>
    public static IReadOnlyList<(string Name, double Value)> Run(CodecTask task, int samplingRate, CancellationToken cancellation)
    {
        var found = task.Measure(null, cancellation);
        var clips = found.Sum(figures => figures.Clips);
        var all = found[0].Figures.Select((figure, i) => (figure.Name, found.Sum(figures => figures.Clips * figures.Figures[i].Value) / clips));
        return [.. all, .. found.SelectMany(figures => figures.Figures.Select(figure => ($"{figures.Dataset}.{figure.Name}", figure.Value)))];
    }
}

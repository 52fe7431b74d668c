using Qwen2Audio.Evaluation;
using Qwen2Audio.Tasks;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The validation metrics of a speech model that a run records.</summary>
internal static class SpeechMetrics
{
    /// <summary>
    /// First the error share that selects the best checkpoint (lower is better): word errors of combined decoding plus misclassified
    /// sounds, divided by the number of words and sounds. Then the word error rate or accuracy of each dataset and label set. Empty when
    /// nothing was counted.
    /// </summary>
    public static IReadOnlyList<(string Name, double Value)> Of(IReadOnlyList<ValidationResult> results)
    {
        var measures = results.SelectMany(result => result.Measures).Where(measure => measure.Total > 0).ToList();
        var words = measures.Where(measure => measure is { Name: "word error rate", By: "combined" }).ToList();
        var labels = measures.Where(measure => measure is { Name: "accuracy", By: "as configured" }).ToList();
        var sounds = labels.Where(measure => measure.On == LabelSet.Sound).ToList();
        var all = words.Sum(measure => measure.Total) + sounds.Sum(measure => measure.Total);
        if (all == 0) return [];
        var wrong = words.Sum(measure => measure.Count) + sounds.Sum(measure => measure.Total - measure.Count);
        return
        [
            ("error", (double)wrong / all),
            .. Each("word_error_rate", words),
            .. Each("accuracy", labels),
        ];
    }

    private static IEnumerable<(string Name, double Value)> Each(string name, IEnumerable<ValidationMeasure> measures) => measures
        .GroupBy(measure => measure.On, StringComparer.Ordinal)
        .Select(group => ($"{name}/{group.Key}", (double)group.Sum(measure => measure.Count) / group.Sum(measure => measure.Total)));
}

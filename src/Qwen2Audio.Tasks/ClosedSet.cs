using Qwen2Audio.Inference;
using Qwen2Audio.Tasks.Ctc;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks;

/// <summary>A closed set of labels: checks them and turns log likelihoods into probabilities.</summary>
internal static class ClosedSet
{
    /// <summary>The labels, checked.</summary>
    /// <exception cref="LabelException">There are no labels, or empty or repeated ones.</exception>
    public static IReadOnlyList<string> Check(IReadOnlyList<string>? labels, string kind)
    {
        if (labels is null) throw new LabelException($"A {kind} model has no labels of its own; name them.");
        if (labels.Count == 0) throw new LabelException("There are no labels; name one at least.");
        if (labels.FirstOrDefault(string.IsNullOrWhiteSpace) is not null) throw new LabelException("A label is empty.");
        if (labels.GroupBy(label => label.Trim(), StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new LabelException($"The label \"{twice.Key}\" is named {twice.Count()} times.");
        return labels;
    }

    /// <summary>Probabilities proportional to exp(ln P / tokens), so that longer labels have no disadvantage.</summary>
    /// <exception cref="NonFiniteOutputException">A log likelihood is NaN.</exception>
    public static double[] Probabilities(IReadOnlyList<double> scores, IReadOnlyList<int[]> answers) =>
        scores.Any(double.IsNaN) ? throw new NonFiniteOutputException("log probabilities")
            : LogMath.Normalise([.. scores.Select((score, i) => score / answers[i].Length)]);

    /// <summary>The pieces' probabilities averaged, weighted by length; best label first.</summary>
    public static IReadOnlyList<LabelProbability> Mean(IReadOnlyList<string> labels, IReadOnlyList<(double Seconds, double[] Probabilities)> pieces)
    {
        var total = pieces.Sum(piece => piece.Seconds);
        return pieces.Count == 0 ? [] :
        [
            .. labels.Select((label, i) => new LabelProbability(label, pieces.Sum(piece => piece.Seconds * piece.Probabilities[i]) / total))
                .OrderByDescending(answer => answer.Probability),
        ];
    }
}

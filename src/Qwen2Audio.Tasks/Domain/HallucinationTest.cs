using Qwen2Audio.Tasks.Ctc;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Domain;

/// <summary>
/// Finds words that are not in the audio. How many times as probable a word's support is if the text belongs to other audio as if it was heard (logistic regression) is summed, as a logarithm, over runs of words.
/// </summary>
/// <param name="UnitLoss">Weight of <see cref="WordSupport.UnitLoss"/>.</param>
/// <param name="Units">Weight of the number of units.</param>
/// <param name="PhoneLoss">Weight of <see cref="WordSupport.PhoneLoss"/>.</param>
/// <param name="Phones">Weight of the number of phones.</param>
/// <param name="Bias">Bias of a word.</param>
/// <param name="Threshold">Sum above which a run of words is suspected.</param>
internal sealed record HallucinationTest(double UnitLoss, double Units, double PhoneLoss, double Phones, double Bias, double Threshold)
{
    /// <summary>The lowest threshold, ln 100: of the words of a text, one in a hundred at most may be taken to be made up before the audio is heard.</summary>
    public const double LeastThreshold = 4.6;

    private const double Penalty = 1;

    /// <summary>Runs [Start, End) of words that are suspected.</summary>
    public IReadOnlyList<(int Start, int End)> Find(IReadOnlyList<WordEvidence> words) => [.. Runs(words, Threshold).Select(run => (run.Start, run.End))];

    /// <summary>The highest sum of a run; 0 if nothing speaks for made-up words.</summary>
    public double Score(IReadOnlyList<WordEvidence> words) => Runs(words, 0).Select(run => run.Sum).DefaultIfEmpty(0).Max();

    /// <summary>Fits the weights, with the same total weight for both kinds of words and <see cref="LeastThreshold"/>; null if there are none of a kind.</summary>
    public static HallucinationTest? Fit(IReadOnlyList<WordSupport> heard, IReadOnlyList<WordSupport> madeUp)
    {
        if (heard.Count == 0 || madeUp.Count == 0) return null;
        var half = (heard.Count + madeUp.Count) / 2.0;
        var weights = LogisticRegression.Fit([.. heard.Concat(madeUp).Select(Inputs)], [.. heard.Select(_ => 0.0), .. madeUp.Select(_ => 1.0)],
            [.. heard.Select(_ => half / heard.Count), .. madeUp.Select(_ => half / madeUp.Count)], Penalty);
        return new HallucinationTest(weights[0], weights[1], weights[2], weights[3], weights[4], LeastThreshold);
    }

    private IEnumerable<(int Start, int End, double Sum)> Runs(IReadOnlyList<WordEvidence> words, double threshold) =>
        ScoreRuns.Find([.. words.Select(word => Inputs(word.Support).Zip([UnitLoss, Units, PhoneLoss, Phones], (input, weight) => input * weight).Sum() + Bias)], threshold, LeastThreshold);

    private static double[] Inputs(WordSupport word) => [word.UnitLoss, word.Units, word.PhoneLoss, word.Phones];
}

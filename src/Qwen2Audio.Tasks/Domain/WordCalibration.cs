using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Domain;

/// <summary>
/// Turns what a word is judged by into the probability that it is right: logistic regression (Platt 2000) on the log odds of the posterior and the square roots of −ln P of the word's units and of the text.
/// </summary>
/// <param name="Posterior">Weight of the log odds of the posterior.</param>
/// <param name="Units">Weight of √−ln P of the word's units.</param>
/// <param name="Text">Weight of √−ln P of the text.</param>
/// <param name="Bias">Bias.</param>
internal sealed record WordCalibration(double Posterior, double Units, double Text, double Bias)
{
    private const double Least = 1e-4; // posteriors are as far as this from 0 and 1
    private const double Penalty = 1;

    /// <summary>The probability that a word is right.</summary>
    public double Confidence(in WordEvidence word) => LogisticRegression.Probability([.. Inputs(word), 1], [Posterior, Units, Text, Bias]);

    /// <summary>Fits it to words that are known to be right or wrong, with targets that allow for one more word of each kind; null without words.</summary>
    public static WordCalibration? Fit(IReadOnlyList<(WordEvidence Word, bool IsRight)> words)
    {
        if (words.Count == 0) return null;
        var right = words.Count(word => word.IsRight);
        var (high, low) = ((right + 1.0) / (right + 2), 1.0 / (words.Count - right + 2));
        var weights = LogisticRegression.Fit([.. words.Select(word => Inputs(word.Word))], [.. words.Select(word => word.IsRight ? high : low)], [.. words.Select(_ => 1.0)], Penalty);
        return new WordCalibration(weights[0], weights[1], weights[2], weights[3]);
    }

    private static double[] Inputs(in WordEvidence word)
    {
        var posterior = Math.Clamp(word.Posterior ?? 0.5, Least, 1 - Least);
        return [Math.Log(posterior / (1 - posterior)), Root(word.Units ?? word.Text), Root(word.Text ?? word.Units)];
    }

    private static double Root(double? log) => Math.Sqrt(Math.Max(0, -(log ?? 0)));
}

using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Losses;

/// <summary>
/// Adversarial losses of discriminators and generator. Scores may have any shape. Hinge
/// losses are means over the discriminators; least squares losses are sums over them.
/// </summary>
internal static class AdversarialLoss
{
    /// <summary>
    /// Hinge: mean over discriminators of mean(max(0, 1 − real)) + mean(max(0, 1 + fake)). Least squares: Σ of mean((1 − real)²) +
    /// mean(fake²). Adds <paramref name="coefficient"/> times the gradient to the scores.
    /// </summary>
    /// <param name="real">Scores of recordings, one variable per discriminator.</param>
    /// <param name="fake">Scores of generated audio, one variable per discriminator.</param>
    /// <param name="form">Which losses.</param>
    /// <param name="coefficient">Weight of the loss in the total.</param>
    /// <exception cref="ArgumentException">There are no discriminators, or their numbers differ.</exception>
    public static double AddDiscriminator(
        TrainingOps ops, IReadOnlyList<Variable> real, IReadOnlyList<Variable> fake, AdversarialForm form, float coefficient = 1)
    {
        if (real.Count != fake.Count)
            throw new ArgumentException($"Scores of {real.Count} discriminators for recordings, of {fake.Count} for generated audio.", nameof(fake));
        return form == AdversarialForm.LeastSquares
            ? Add(ops, real, coefficient, score => (1 - score) * (1 - score), score => 2 * (score - 1))
                + Add(ops, fake, coefficient, score => score * score, score => 2 * score)
            : (Add(ops, real, coefficient / real.Count, score => Math.Max(0, 1 - score), score => score < 1 ? -1 : 0)
                + Add(ops, fake, coefficient / fake.Count, score => Math.Max(0, 1 + score), score => score > -1 ? 1 : 0)) / real.Count;
    }

    /// <summary>
    /// Hinge: mean over discriminators of −mean(fake); clipped: of mean(max(0, 1 − fake)). Least squares: Σ of mean((1 − fake)²).
    /// Adds <paramref name="coefficient"/> times the gradient to the scores.
    /// </summary>
    /// <param name="fake">Scores of generated audio, one variable per discriminator.</param>
    /// <param name="form">Which losses.</param>
    /// <param name="coefficient">Weight of the loss in the total.</param>
    /// <exception cref="ArgumentException">There are no discriminators.</exception>
    public static double AddGenerator(TrainingOps ops, IReadOnlyList<Variable> fake, AdversarialForm form, float coefficient = 1) =>
        form switch
        {
            AdversarialForm.Hinge => Add(ops, fake, coefficient / fake.Count, score => -score, _ => -1) / fake.Count,
            AdversarialForm.ClippedHinge =>
                Add(ops, fake, coefficient / fake.Count, score => Math.Max(0, 1 - score), score => score < 1 ? -1 : 0) / fake.Count,
            AdversarialForm.LeastSquares => Add(ops, fake, coefficient, score => (1 - score) * (1 - score), score => 2 * (score - 1)),
            _ => throw new ArgumentOutOfRangeException(nameof(form), form, "Unknown loss."),
        };

    /// <summary>Σ over discriminators of the mean of a term; adds <paramref name="factor"/> times its gradient to the scores.</summary>
    private static double Add(
        TrainingOps ops, IReadOnlyList<Variable> scores, float factor, Func<double, double> term, Func<double, double> slope)
    {
        if (scores.Count == 0) throw new ArgumentException("There are no discriminators.", nameof(scores));
        var sum = 0.0;
        foreach (var variable in scores)
        {
            var values = variable.Value;
            var gradient = ops.Scratch(values.Rows, values.Columns);
            var scale = (double)factor / values.Length;
            sum += FixedBlocks.Sum(ops.Pool, values.Length, (start, count) =>
            {
                var x = values.Span.Slice(start, count);
                var g = gradient.Span.Slice(start, count);
                var part = 0.0;
                for (var i = 0; i < x.Length; i++)
                {
                    part += term(x[i]);
                    g[i] = (float)(scale * slope(x[i]));
                }

                return part;
            }) / values.Length;
            if (variable.NeedsGradient) ops.Seed(variable, gradient);
        }

        return sum;
    }
}

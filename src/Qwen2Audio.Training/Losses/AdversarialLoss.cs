using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Losses;

/// <summary>
/// Losses of discriminators that tell recordings from what a generator made, and of the generator. Scores may have any shape. Hinge
/// losses are means over the discriminators, least squares sums over them.
/// </summary>
internal static class AdversarialLoss
{
    /// <summary>
    /// Hinge: mean over discriminators of mean(max(0, 1 − real)) + mean(max(0, 1 + fake)); least squares: Σ of mean((1 − real)²) +
    /// mean(fake²). <paramref name="coefficient"/> times its gradient is added to the scores.
    /// </summary>
    /// <param name="ops">The step's operators.</param>
    /// <param name="real">Scores of recordings, one a discriminator.</param>
    /// <param name="fake">Scores of what was generated, as many.</param>
    /// <param name="form">Which losses.</param>
    /// <param name="coefficient">Factor of the loss in the total.</param>
    /// <exception cref="ArgumentException">No discriminators, or their numbers differ.</exception>
    public static double AddDiscriminator(
        TrainingOps ops, IReadOnlyList<Variable> real, IReadOnlyList<Variable> fake, AdversarialForm form, float coefficient = 1)
    {
        if (real.Count != fake.Count)
            throw new ArgumentException($"{real.Count} discriminators score recordings, {fake.Count} what was generated.", nameof(fake));
        return form == AdversarialForm.LeastSquares
            ? Add(ops, real, coefficient, score => (1 - score) * (1 - score), score => 2 * (score - 1))
                + Add(ops, fake, coefficient, score => score * score, score => 2 * score)
            : (Add(ops, real, coefficient / real.Count, score => Math.Max(0, 1 - score), score => score < 1 ? -1 : 0)
                + Add(ops, fake, coefficient / fake.Count, score => Math.Max(0, 1 + score), score => score > -1 ? 1 : 0)) / real.Count;
    }

    /// <summary>
    /// Hinge: mean over discriminators of −mean(fake), clipped: of mean(max(0, 1 − fake)); least squares: Σ of mean((1 − fake)²).
    /// <paramref name="coefficient"/> times its gradient is added to the scores.
    /// </summary>
    /// <param name="ops">The step's operators.</param>
    /// <param name="fake">Scores of what was generated, one a discriminator.</param>
    /// <param name="form">Which losses.</param>
    /// <param name="coefficient">Factor of the loss in the total.</param>
    /// <exception cref="ArgumentException">No discriminators.</exception>
    public static double AddGenerator(TrainingOps ops, IReadOnlyList<Variable> fake, AdversarialForm form, float coefficient = 1) =>
        form switch
        {
            AdversarialForm.Hinge => Add(ops, fake, coefficient / fake.Count, score => -score, _ => -1) / fake.Count,
            AdversarialForm.ClippedHinge =>
                Add(ops, fake, coefficient / fake.Count, score => Math.Max(0, 1 - score), score => score < 1 ? -1 : 0) / fake.Count,
            AdversarialForm.LeastSquares => Add(ops, fake, coefficient, score => (1 - score) * (1 - score), score => 2 * (score - 1)),
            _ => throw new ArgumentOutOfRangeException(nameof(form), form, "No such loss."),
        };

    /// <summary>Σ over discriminators of the mean of a term; <paramref name="factor"/> times its slope is added to the scores.</summary>
    private static double Add(
        TrainingOps ops, IReadOnlyList<Variable> scores, float factor, Func<double, double> term, Func<double, double> slope)
    {
        if (scores.Count == 0) throw new ArgumentException("There is no discriminator.", nameof(scores));
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

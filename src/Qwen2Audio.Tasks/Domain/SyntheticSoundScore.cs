using Qwen2Audio.Tasks.Clips;

namespace Qwen2Audio.Tasks.Domain;

/// <summary>
/// Detects tones, noise and other synthetic sounds by logistic regression on the mean of a clip's rows
/// (outlier exposure, Hendrycks et al. 2019, arXiv 1812.04606). Steady noise lies within the Gaussian of rain and wind, so the Gaussian alone misses it.
/// </summary>
/// <param name="Weights">[width].</param>
/// <param name="Bias">Bias.</param>
internal sealed record SyntheticSoundScore(float[] Weights, float Bias)
{
    private const double Penalty = 0.01; // of the squared weights for standardised rows, added to the mean loss

    /// <summary>Log odds of a synthetic sound, averaged over the pieces, weighted by length.</summary>
    public double Of(IReadOnlyList<EncodedPiece> pieces)
    {
        var seconds = pieces.Sum(piece => piece.Seconds);
        return pieces.Sum(piece => piece.Seconds / seconds * Of(FeatureGaussian.MeanRow(piece)));
    }

    /// <summary>Fits it; both classes have the same total weight.</summary>
    public static SyntheticSoundScore Fit(IReadOnlyList<double[]> recorded, IReadOnlyList<double[]> synthetic)
    {
        double[][] rows = [.. recorded, .. synthetic];
        var width = rows[0].Length;
        var (mean, deviation) = (new double[width], new double[width]);
        foreach (var row in rows)
            for (var i = 0; i < width; i++) mean[i] += row[i] / rows.Length;
        foreach (var row in rows)
            for (var i = 0; i < width; i++) deviation[i] += (row[i] - mean[i]) * (row[i] - mean[i]) / rows.Length;
        for (var i = 0; i < width; i++) deviation[i] = Math.Sqrt(deviation[i]) + 1e-6;
        double[][] inputs = [.. rows.Select(row => (double[])[.. row.Select((value, i) => (value - mean[i]) / deviation[i])])];
        var weights = LogisticRegression.Fit(inputs, [.. rows.Select((_, r) => r < recorded.Count ? 0.0 : 1.0)], [.. rows.Select((_, r) => 0.5 / (r < recorded.Count ? recorded.Count : synthetic.Count))], Penalty);
        var bias = weights[width] - Enumerable.Range(0, width).Sum(i => weights[i] * mean[i] / deviation[i]);
        return new SyntheticSoundScore([.. Enumerable.Range(0, width).Select(i => (float)(weights[i] / deviation[i]))], (float)bias);
    }

    private double Of(double[] row) => Bias + row.Zip(Weights, (value, weight) => value * weight).Sum();
}

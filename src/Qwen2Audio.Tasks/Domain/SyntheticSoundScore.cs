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
    private const int Steps = 30;

    /// <summary>Log odds of a synthetic sound, averaged over the pieces, weighted by length.</summary>
    public double Of(IReadOnlyList<EncodedPiece> pieces)
    {
        var seconds = pieces.Sum(piece => piece.Seconds);
        return pieces.Sum(piece => piece.Seconds / seconds * Of(FeatureGaussian.MeanRow(piece)));
    }

    /// <summary>Fits by Newton's method; both classes have the same total weight.</summary>
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
        double[][] inputs = [.. rows.Select(row => (double[])[.. row.Select((value, i) => (value - mean[i]) / deviation[i]), 1])];
        var weights = new double[width + 1];
        for (var step = 0; step < Steps; step++)
        {
            var (gradient, curvature) = (new double[width + 1], new double[width + 1, width + 1]);
            for (var i = 0; i <= width; i++)
            {
                var penalty = i < width ? Penalty : 1e-6; // the bias gets only enough to keep the matrix invertible
                gradient[i] = i < width ? penalty * weights[i] : 0;
                curvature[i, i] = penalty;
            }

            for (var r = 0; r < inputs.Length; r++)
            {
                var input = inputs[r];
                var odds = input.Zip(weights, (value, weight) => value * weight).Sum();
                var probability = 1 / (1 + Math.Exp(-odds));
                var share = 0.5 / (r < recorded.Count ? recorded.Count : synthetic.Count);
                var (slope, bend) = (share * (probability - (r < recorded.Count ? 0 : 1)), share * probability * (1 - probability));
                for (var i = 0; i <= width; i++)
                {
                    gradient[i] += slope * input[i];
                    for (var j = 0; j <= i; j++) curvature[i, j] += bend * input[i] * input[j];
                }
            }

            var change = Cholesky.Solve(curvature, gradient);
            for (var i = 0; i <= width; i++) weights[i] -= change[i];
        }

        var bias = weights[width] - Enumerable.Range(0, width).Sum(i => weights[i] * mean[i] / deviation[i]);
        return new SyntheticSoundScore([.. Enumerable.Range(0, width).Select(i => (float)(weights[i] / deviation[i]))], (float)bias);
    }

    private double Of(double[] row) => Bias + row.Zip(Weights, (value, weight) => value * weight).Sum();
}

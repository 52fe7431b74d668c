using Qwen2Audio.Tasks.Clips;

namespace Qwen2Audio.Tasks.Domain;

/// <summary>
/// A Gaussian fitted to the recordings of a label set, over the mean of a clip's rows in the decoder's width. The squared Mahalanobis
/// distance from it (Lee et al. 2018, arXiv 1807.03888, with one class) detects other kinds of sound.
/// </summary>
/// <param name="Mean">Mean of the training clips, [width].</param>
/// <param name="Whitening">Lower triangle W, row-major [width, width], with WᵀW the inverse covariance.</param>
internal sealed record FeatureGaussian(float[] Mean, float[] Whitening)
{
    private const double Shrinkage = 0.1; // weight of the scaled identity in the covariance: there may be fewer clips than dimensions

    /// <summary>Number of dimensions.</summary>
    public int Width => Mean.Length;

    /// <summary>Mean of a piece's rows, [width].</summary>
    public static double[] MeanRow(EncodedPiece piece)
    {
        var width = piece.Audio.Length / piece.AudioRows;
        var mean = new double[width];
        for (var i = 0; i < piece.Audio.Length; i++) mean[i % width] += piece.Audio[i] / (double)piece.AudioRows;
        return mean;
    }

    /// <summary>The squared distance, averaged over the pieces, weighted by length. Its expected value for the domain is <see cref="Width"/>.</summary>
    public double Distance(IReadOnlyList<EncodedPiece> pieces)
    {
        var seconds = pieces.Sum(piece => piece.Seconds);
        return pieces.Sum(piece => piece.Seconds / seconds * Distance(MeanRow(piece)));
    }

    /// <summary>Fits a Gaussian to mean rows; a tenth of the covariance is replaced by the mean variance times the identity.</summary>
    public static FeatureGaussian Fit(IReadOnlyList<double[]> rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows.Count, 2, nameof(rows));
        var width = rows[0].Length;
        var mean = new double[width];
        foreach (var row in rows)
            for (var i = 0; i < width; i++) mean[i] += row[i] / rows.Count;
        var covariance = new double[width, width];
        foreach (var row in rows)
            for (var i = 0; i < width; i++)
                for (var j = 0; j <= i; j++) covariance[i, j] += (row[i] - mean[i]) * (row[j] - mean[j]) / rows.Count;
        double variance = 0;
        for (var i = 0; i < width; i++) variance += covariance[i, i] / width;
        for (var i = 0; i < width; i++)
            for (var j = 0; j <= i; j++) covariance[i, j] = (1 - Shrinkage) * covariance[i, j] + (i == j ? Shrinkage * variance : 0);
        if (!(variance > 0) || !double.IsFinite(variance)) throw new ArgumentException("The rows are all equal or not finite.", nameof(rows));
        return new FeatureGaussian([.. mean.Select(value => (float)value)], [.. Cholesky.InverseFactor(covariance).Cast<double>().Select(value => (float)value)]);
    }

    private double Distance(double[] row)
    {
        double distance = 0;
        for (var i = 0; i < Width; i++)
        {
            double whitened = 0;
            for (var j = 0; j <= i; j++) whitened += Whitening[i * Width + j] * (row[j] - Mean[j]);
            distance += whitened * whitened;
        }

        return distance;
    }
}

namespace Qwen2Audio.Tasks.Domain;

/// <summary>Logistic regression with a quadratic penalty, by Newton's method.</summary>
internal static class LogisticRegression
{
    private const int Steps = 30;

    /// <summary>Weights of the inputs and, last, the bias, which gets only enough penalty to keep the matrix invertible.</summary>
    /// <param name="rows">Inputs, without the constant 1.</param>
    /// <param name="targets">For each row the wanted probability, 0…1.</param>
    /// <param name="shares">Weights of the rows in the loss.</param>
    /// <param name="penalty">Of half the squared weights, added to the loss.</param>
    public static double[] Fit(IReadOnlyList<double[]> rows, double[] targets, double[] shares, double penalty)
    {
        var width = rows[0].Length;
        double[][] inputs = [.. rows.Select(row => (double[])[.. row, 1])];
        var weights = new double[width + 1];
        for (var step = 0; step < Steps; step++)
        {
            var (gradient, curvature) = (new double[width + 1], new double[width + 1, width + 1]);
            for (var i = 0; i <= width; i++) (gradient[i], curvature[i, i]) = i < width ? (penalty * weights[i], penalty) : (0, 1e-6);
            for (var r = 0; r < inputs.Length; r++)
            {
                var input = inputs[r];
                var probability = Probability(input, weights);
                var (slope, bend) = (shares[r] * (probability - targets[r]), shares[r] * probability * (1 - probability));
                for (var i = 0; i <= width; i++)
                {
                    gradient[i] += slope * input[i];
                    for (var j = 0; j <= i; j++) curvature[i, j] += bend * input[i] * input[j];
                }
            }

            var change = Cholesky.Solve(curvature, gradient);
            for (var i = 0; i <= width; i++) weights[i] -= change[i];
        }

        return weights;
    }

    /// <summary>The probability for an input that ends with the constant 1.</summary>
    public static double Probability(double[] input, double[] weights) => 1 / (1 + Math.Exp(-input.Zip(weights, (value, weight) => value * weight).Sum()));
}

namespace Qwen2Audio.Tasks.Domain;

/// <summary>Cholesky factorisation of symmetric positive definite matrices.</summary>
internal static class Cholesky
{
    /// <summary>The inverse L⁻¹ of the lower factor of A = L Lᵀ. Reads the lower triangle of <paramref name="matrix"/> and overwrites it with L.</summary>
    public static double[,] InverseFactor(double[,] matrix)
    {
        var size = matrix.GetLength(0);
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var sum = matrix[i, j];
                for (var k = 0; k < j; k++) sum -= matrix[i, k] * matrix[j, k];
                if (i == j && !(sum > 0)) throw new ArgumentException("The matrix is not positive definite.", nameof(matrix));
                matrix[i, j] = i == j ? Math.Sqrt(sum) : sum / matrix[j, j];
            }
        }

        var inverse = new double[size, size];
        for (var column = 0; column < size; column++)
        {
            for (var i = column; i < size; i++)
            {
                double sum = i == column ? 1 : 0;
                for (var k = column; k < i; k++) sum -= matrix[i, k] * inverse[k, column];
                inverse[i, column] = sum / matrix[i, i];
            }
        }

        return inverse;
    }

    /// <summary>Solves A x = b; A as in <see cref="InverseFactor"/>.</summary>
    public static double[] Solve(double[,] matrix, double[] b)
    {
        var inverse = InverseFactor(matrix);
        var (half, x) = (new double[b.Length], new double[b.Length]);
        for (var i = 0; i < b.Length; i++)
            for (var j = 0; j <= i; j++) half[i] += inverse[i, j] * b[j];
        for (var i = 0; i < b.Length; i++)
            for (var j = i; j < b.Length; j++) x[i] += inverse[j, i] * half[j];
        return x;
    }
}

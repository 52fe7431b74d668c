namespace Qwen2Audio.Numerics;

/// <summary>y = gain · (x − mean)/√(variance + eps) + bias by rows, variance divided by the width (Ba et al. 2016).</summary>
public static class LayerNorm
{
    /// <summary>Normalises every row of x [rows, w].</summary>
    /// <param name="pool">The workers.</param>
    /// <param name="x">[rows, w].</param>
    /// <param name="gain">[1, w].</param>
    /// <param name="bias">[1, w].</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="y">[rows, w], overwritten; may be <paramref name="x"/>.</param>
    /// <param name="mean">[rows, 1], overwritten, for the backward pass; default when not wanted.</param>
    /// <param name="inverseDeviation">[rows, 1], overwritten: 1/√(variance + eps); default when not wanted.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void Forward(
        WorkerPool pool, Matrix x, Matrix gain, Matrix bias, float eps, Matrix y, Matrix mean, Matrix inverseDeviation)
    {
        Shapes.Same(x, y);
        Shapes.Is(gain, 1, x.Columns);
        Shapes.Is(bias, 1, x.Columns);
        Shapes.IsOrNull(mean, x.Rows, 1);
        Shapes.IsOrNull(inverseDeviation, x.Rows, 1);
        for (var r = 0; r < x.Rows; r++)
        {
            var source = x.Row(r);
            var target = y.Row(r);
            var sum = 0.0;
            foreach (var value in source) sum += value;
            var centre = sum / x.Columns;
            var squares = 0.0;
            foreach (var value in source) squares += (value - centre) * (value - centre);
            var inverse = 1 / Math.Sqrt(squares / x.Columns + eps);
            for (var i = 0; i < source.Length; i++) target[i] = (float)((source[i] - centre) * inverse) * gain.Row(0)[i] + bias.Row(0)[i];
            if (!mean.IsNull) mean.Row(r)[0] = (float)centre;
            if (!inverseDeviation.IsNull) inverseDeviation.Row(r)[0] = (float)inverse;
        }
    }

    /// <summary>Adds the gradients with respect to x, gain and bias.</summary>
    /// <param name="pool">The workers.</param>
    /// <param name="x">[rows, w] as given to the forward pass.</param>
    /// <param name="gain">[1, w].</param>
    /// <param name="mean">[rows, 1] as the forward pass left it.</param>
    /// <param name="inverseDeviation">[rows, 1] as the forward pass left it.</param>
    /// <param name="dy">[rows, w].</param>
    /// <param name="dx">[rows, w], added to.</param>
    /// <param name="dgain">[1, w], added to; default when not wanted.</param>
    /// <param name="dbias">[1, w], added to; default when not wanted.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void Backward(
        WorkerPool pool, Matrix x, Matrix gain, Matrix mean, Matrix inverseDeviation, Matrix dy, Matrix dx, Matrix dgain, Matrix dbias)
    {
        Shapes.Same(x, dy);
        Shapes.Same(x, dx);
        Shapes.Is(gain, 1, x.Columns);
        Shapes.Is(mean, x.Rows, 1);
        Shapes.Is(inverseDeviation, x.Rows, 1);
        Shapes.IsOrNull(dgain, 1, x.Columns);
        Shapes.IsOrNull(dbias, 1, x.Columns);
        for (var r = 0; r < x.Rows; r++)
        {
            var source = x.Row(r);
            var slope = dy.Row(r);
            var target = dx.Row(r);
            var centre = 0.0;
            foreach (var value in source) centre += value;
            centre /= x.Columns;
            double inverse = inverseDeviation.Row(r)[0];
            var (sum, dot) = (0.0, 0.0);
            for (var i = 0; i < source.Length; i++)
            {
                var scaled = (double)slope[i] * gain.Row(0)[i];
                sum += scaled;
                dot += scaled * ((source[i] - centre) * inverse);
            }

            for (var i = 0; i < source.Length; i++)
            {
                var normal = (source[i] - centre) * inverse;
                target[i] += (float)(inverse * ((double)slope[i] * gain.Row(0)[i] - sum / x.Columns - normal * dot / x.Columns));
                if (!dgain.IsNull) dgain.Row(0)[i] += (float)(slope[i] * normal);
                if (!dbias.IsNull) dbias.Row(0)[i] += slope[i];
            }
        }
    }
}

namespace Qwen2Audio.Numerics;

/// <summary>y = gain · x / √(mean(x²) + eps) by rows (Zhang and Sennrich 2019).</summary>
public static class RmsNorm
{
    /// <summary>Normalises every row of x [rows, w].</summary>
    /// <param name="pool">The workers.</param>
    /// <param name="x">[rows, w].</param>
    /// <param name="gain">[1, w].</param>
    /// <param name="eps">Added to the mean square.</param>
    /// <param name="y">[rows, w], overwritten; may be <paramref name="x"/>.</param>
    /// <param name="inverseRms">[rows, 1], overwritten: 1/√(mean(x²) + eps), for the backward pass; default when not wanted.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void Forward(WorkerPool pool, Matrix x, Matrix gain, float eps, Matrix y, Matrix inverseRms)
    {
        Shapes.Same(x, y);
        Shapes.Is(gain, 1, x.Columns);
        Shapes.IsOrNull(inverseRms, x.Rows, 1);
        for (var r = 0; r < x.Rows; r++)
        {
            var source = x.Row(r);
            var target = y.Row(r);
            var squares = 0.0;
            foreach (var value in source) squares += (double)value * value;
            var inverse = (float)(1 / Math.Sqrt(squares / x.Columns + eps));
            for (var i = 0; i < source.Length; i++) target[i] = gain.Row(0)[i] * (source[i] * inverse);
            if (!inverseRms.IsNull) inverseRms.Row(r)[0] = inverse;
        }
    }

    /// <summary>Adds the gradients with respect to x and gain.</summary>
    /// <param name="pool">The workers.</param>
    /// <param name="x">[rows, w] as given to the forward pass.</param>
    /// <param name="gain">[1, w].</param>
    /// <param name="inverseRms">[rows, 1] as the forward pass left it.</param>
    /// <param name="dy">[rows, w].</param>
    /// <param name="dx">[rows, w], added to.</param>
    /// <param name="dgain">[1, w], added to; default when not wanted.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void Backward(WorkerPool pool, Matrix x, Matrix gain, Matrix inverseRms, Matrix dy, Matrix dx, Matrix dgain)
    {
        Shapes.Same(x, dy);
        Shapes.Same(x, dx);
        Shapes.Is(gain, 1, x.Columns);
        Shapes.Is(inverseRms, x.Rows, 1);
        Shapes.IsOrNull(dgain, 1, x.Columns);
        for (var r = 0; r < x.Rows; r++)
        {
            var inverse = inverseRms.Row(r)[0];
            var source = x.Row(r);
            var slope = dy.Row(r);
            var target = dx.Row(r);
            var dot = 0.0;
            for (var i = 0; i < source.Length; i++) dot += (double)slope[i] * gain.Row(0)[i] * (source[i] * inverse);
            var mean = (float)(dot / x.Columns);
            for (var i = 0; i < source.Length; i++)
            {
                var normal = source[i] * inverse;
                target[i] += inverse * (slope[i] * gain.Row(0)[i] - normal * mean);
                if (!dgain.IsNull) dgain.Row(0)[i] += slope[i] * normal;
            }
        }
    }
}

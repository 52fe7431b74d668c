namespace Qwen2Audio.Numerics;

/// <summary>e^x / Σ e^x by rows.</summary>
public static class Softmax
{
    /// <summary>y[r] = softmax(x[r]), the row's maximum taken off first.</summary>
    /// <param name="pool">The workers.</param>
    /// <param name="x">[rows, classes].</param>
    /// <param name="y">[rows, classes], overwritten; may be <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static void Forward(WorkerPool pool, Matrix x, Matrix y)
    {
        Shapes.Same(x, y);
        for (var r = 0; r < x.Rows; r++)
        {
            var source = x.Row(r);
            var target = y.Row(r);
            var maximum = float.NegativeInfinity;
            foreach (var value in source) maximum = Math.Max(maximum, value);
            var sum = 0.0;
            foreach (var value in source) sum += Math.Exp((double)value - maximum);
            for (var i = 0; i < source.Length; i++) target[i] = (float)(Math.Exp((double)source[i] - maximum) / sum);
        }
    }
}

namespace Qwen2Audio.Numerics;

/// <summary>Functions applied to every number on its own.</summary>
public enum ElementwiseFunction
{
    /// <summary>x·Φ(x) with the exact error function.</summary>
    Gelu,

    /// <summary>x·sigmoid(x).</summary>
    Silu,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>1/(1 + e^−x).</summary>
    Sigmoid,

    /// <summary>Hyperbolic tangent.</summary>
    Tanh,
}

/// <summary>Element-wise functions and their gradients.</summary>
public static class Elementwise
{
    /// <summary>y = f(x).</summary>
    /// <param name="pool">The workers.</param>
    /// <param name="function">f.</param>
    /// <param name="x">Any shape.</param>
    /// <param name="y">The same shape, overwritten; may be <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static void Forward(WorkerPool pool, ElementwiseFunction function, Matrix x, Matrix y)
    {
        Shapes.Same(x, y);
        for (var r = 0; r < x.Rows; r++)
            for (var i = 0; i < x.Columns; i++) y.Row(r)[i] = (float)Value(function, x.Row(r)[i]);
    }

    /// <summary>dx = f′(x) · dy.</summary>
    /// <param name="pool">The workers.</param>
    /// <param name="function">f.</param>
    /// <param name="x">What the function was applied to.</param>
    /// <param name="dy">The same shape.</param>
    /// <param name="dx">The same shape, overwritten; may be <paramref name="dy"/>.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static void Backward(WorkerPool pool, ElementwiseFunction function, Matrix x, Matrix dy, Matrix dx)
    {
        Shapes.Same(x, dy);
        Shapes.Same(x, dx);
        for (var r = 0; r < x.Rows; r++)
            for (var i = 0; i < x.Columns; i++) dx.Row(r)[i] = (float)(Slope(function, x.Row(r)[i]) * dy.Row(r)[i]);
    }

    private static double Value(ElementwiseFunction function, double x) => function switch
    {
        ElementwiseFunction.Gelu => x * NormalDistribution(x),
        ElementwiseFunction.Silu => x * Sigmoid(x),
        ElementwiseFunction.Relu => Math.Max(x, 0),
        ElementwiseFunction.Sigmoid => Sigmoid(x),
        ElementwiseFunction.Tanh => Math.Tanh(x),
        _ => throw new ArgumentOutOfRangeException(nameof(function), function, null),
    };

    private static double Slope(ElementwiseFunction function, double x) => function switch
    {
        ElementwiseFunction.Gelu => NormalDistribution(x) + x * Math.Exp(-0.5 * x * x) * 0.3989422804014327,
        ElementwiseFunction.Silu => Sigmoid(x) * (1 + x * Sigmoid(-x)),
        ElementwiseFunction.Relu => x > 0 ? 1 : 0,
        ElementwiseFunction.Sigmoid => Sigmoid(x) * Sigmoid(-x),
        ElementwiseFunction.Tanh => 1 - Math.Tanh(x) * Math.Tanh(x),
        _ => throw new ArgumentOutOfRangeException(nameof(function), function, null),
    };

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>Φ(x) = erfc(−x/√2)/2: the series near 0, the continued fraction in the tails.</summary>
    private static double NormalDistribution(double x)
    {
        var z = Math.Abs(x);
        if (z > 38) return x > 0 ? 1 : 0;
        var density = Math.Exp(-0.5 * z * z) * 0.3989422804014327;
        if (z < 5)
        {
            var (term, sum) = (z, z);
            for (var n = 1; n < 200 && term > sum * 1e-17; n++) sum += term *= z * z / (2 * n + 1);
            return 0.5 + (x > 0 ? 1 : -1) * density * sum;
        }

        var fraction = z;
        for (var n = 60; n > 0; n--) fraction = z + n / fraction;
        return x > 0 ? 1 - density / fraction : density / fraction;
    }
}

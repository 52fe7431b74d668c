namespace Qwen2Audio.Numerics.Norms;

/// <summary>Rows divided by their length.</summary>
public static class UnitRows
{
    private const double MinLength = 1e-12;

    /// <summary>y[r] = x[r] / max(‖x[r]‖, 1e-12), sums in float64.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static void Forward(Matrix x, Matrix y)
    {
        Shapes.Same(x, y);
        for (var row = 0; row < x.Rows; row++)
        {
            var from = x.Row(row);
            var to = y.Row(row);
            var square = 0.0;
            foreach (var value in from) square += (double)value * value;
            var scale = 1 / Math.Max(Math.Sqrt(square), MinLength);
            for (var i = 0; i < to.Length; i++) to[i] = (float)(from[i] * scale);
        }
    }
}

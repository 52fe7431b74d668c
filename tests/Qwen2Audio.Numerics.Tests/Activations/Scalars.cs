using Qwen2Audio.Numerics.Activations;

namespace Qwen2Audio.Numerics.Tests.Activations;

/// <summary>The functions in double precision.</summary>
internal static class Scalars
{
    private const double InverseRootTwoPi = 0.3989422804014327;

    public static double Value(ElementwiseFunction function, double x) => function switch
    {
        ElementwiseFunction.Gelu => x * NormalDistribution(x),
        ElementwiseFunction.Silu => x * Sigmoid(x),
        ElementwiseFunction.Relu => Math.Max(x, 0),
        ElementwiseFunction.Sigmoid => Sigmoid(x),
        ElementwiseFunction.Tanh => Math.Tanh(x),
        ElementwiseFunction.Elu => x > 0 ? x : ExpMinusOne(x),
        _ => throw new ArgumentOutOfRangeException(nameof(function)),
    };

    public static double Slope(ElementwiseFunction function, double x) => function switch
    {
        ElementwiseFunction.Gelu => NormalDistribution(x) + x * Math.Exp(-0.5 * x * x) * InverseRootTwoPi,
        ElementwiseFunction.Silu => Sigmoid(x) * (1 + x * Sigmoid(-x)),
        ElementwiseFunction.Relu => x > 0 ? 1 : 0,
        ElementwiseFunction.Sigmoid => Sigmoid(x) * Sigmoid(-x),
        ElementwiseFunction.Tanh => 4 * Sigmoid(2 * x) * Sigmoid(-2 * x),
        ElementwiseFunction.Elu => x > 0 ? 1 : Math.Exp(x),
        _ => throw new ArgumentOutOfRangeException(nameof(function)),
    };

    /// <summary>e^x − 1 = 2 · sinh(x/2) · e^(x/2), without cancellation.</summary>
    public static double ExpMinusOne(double x) => 2 * Math.Sinh(x / 2) * Math.Exp(x / 2);

    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>Φ(x): the series about 0, the continued fraction of the tail from 3 on.</summary>
    public static double NormalDistribution(double x)
    {
        var z = Math.Abs(x);
        var density = Math.Exp(-0.5 * z * z) * InverseRootTwoPi;
        double tail;
        if (z < 3)
        {
            var (term, sum) = (z, z);
            for (var n = 1; n < 200; n++) sum += term *= z * z / (2 * n + 1);
            tail = 0.5 - density * sum;
        }
        else
        {
            var fraction = z;
            for (var n = 200; n > 0; n--) fraction = z + n / fraction;
            tail = density / fraction;
        }

        return x > 0 ? 1 - tail : tail;
    }
}

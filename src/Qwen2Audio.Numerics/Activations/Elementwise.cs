using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Activations;

/// <summary>Element-wise functions.</summary>
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

    /// <summary>x for x > 0, else e^x − 1.</summary>
    Elu,
}

/// <summary>Element-wise functions and their gradients.</summary>
public static class Elementwise
{
    /// <summary>y = f(x).</summary>
    /// <param name="function">f.</param>
    /// <param name="x">Any shape.</param>
    /// <param name="y">The same shape, overwritten; may be <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static void Forward(WorkerPool pool, ElementwiseFunction function, Matrix x, Matrix y)
    {
        Shapes.Same(x, y);
        switch (function)
        {
            case ElementwiseFunction.Gelu: Run<GeluFunction>(); break;
            case ElementwiseFunction.Silu: Run<SiluFunction>(); break;
            case ElementwiseFunction.Relu: Run<ReluFunction>(); break;
            case ElementwiseFunction.Sigmoid: Run<SigmoidFunction>(); break;
            case ElementwiseFunction.Tanh: Run<TanhFunction>(); break;
            case ElementwiseFunction.Elu: Run<EluFunction>(); break;
            default: throw new ArgumentOutOfRangeException(nameof(function), function, null);
        }

        void Run<TFunction>()
            where TFunction : unmanaged, IFunction => ElementSweep<FunctionMap<TFunction>>.Run(pool, default, x, y);
    }

    /// <summary>dx = f′(x) · dy.</summary>
    /// <param name="function">f.</param>
    /// <param name="x">What the function was applied to.</param>
    /// <param name="dy">The same shape.</param>
    /// <param name="dx">The same shape, overwritten; may be <paramref name="dy"/>.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static void Backward(WorkerPool pool, ElementwiseFunction function, Matrix x, Matrix dy, Matrix dx)
    {
        Shapes.Same(x, dy);
        Shapes.Same(x, dx);
        switch (function)
        {
            case ElementwiseFunction.Gelu: Run<GeluFunction>(); break;
            case ElementwiseFunction.Silu: Run<SiluFunction>(); break;
            case ElementwiseFunction.Relu: Run<ReluFunction>(); break;
            case ElementwiseFunction.Sigmoid: Run<SigmoidFunction>(); break;
            case ElementwiseFunction.Tanh: Run<TanhFunction>(); break;
            case ElementwiseFunction.Elu: Run<EluFunction>(); break;
            default: throw new ArgumentOutOfRangeException(nameof(function), function, null);
        }

        void Run<TFunction>()
            where TFunction : unmanaged, IPairFunction => ElementSweep<PairMap<TFunction>>.Run(pool, default, x, dy, dx);
    }
}

using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Activations;

/// <summary>x for x > 0, else slope · x.</summary>
public static class LeakyRelu
{
    /// <summary>y = x > 0 ? x : slope · x; y may be x.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static void Forward(WorkerPool pool, float slope, Matrix x, Matrix y)
    {
        Shapes.Same(x, y);
        ElementSweep<FunctionMap<LeakyReluFunction>>.Run(pool, new(new(slope)), x, y);
    }

    /// <summary>dx = x > 0 ? dy : slope · dy; dx may be dy.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static void Backward(WorkerPool pool, float slope, Matrix x, Matrix dy, Matrix dx)
    {
        Shapes.Same(x, dy);
        Shapes.Same(x, dx);
        ElementSweep<PairMap<LeakyReluFunction>>.Run(pool, new(new(slope)), x, dy, dx);
    }
}

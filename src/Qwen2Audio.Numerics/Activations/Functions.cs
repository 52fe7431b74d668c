using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Sweeps;

namespace Qwen2Audio.Numerics.Activations;

/// <summary>gelu(x), and dy · gelu′(x), gelu′(x) = Φ(x) + x·φ(x).</summary>
internal readonly struct GeluFunction : IFunction, IPairFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    TVector IFunction.Of<TLanes, TVector>(TVector x) => TLanes.Multiply(x, ActivationFunctions<TLanes, TVector>.NormalDistribution(x, out _));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    TVector IPairFunction.Of<TLanes, TVector>(TVector x, TVector dy)
    {
        var area = ActivationFunctions<TLanes, TVector>.NormalDistribution(x, out var exponential);
        var density = TLanes.Multiply(exponential, TLanes.Broadcast(0.3989422804014327f));
        return TLanes.Multiply(dy, TLanes.MultiplyAdd(x, density, area));
    }
}

/// <summary>silu(x), and dy · silu′(x), silu′(x) = σ(x)·(1 + x·σ(−x)).</summary>
internal readonly struct SiluFunction : IFunction, IPairFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    TVector IFunction.Of<TLanes, TVector>(TVector x) => TLanes.Multiply(x, ActivationFunctions<TLanes, TVector>.Sigmoid(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    TVector IPairFunction.Of<TLanes, TVector>(TVector x, TVector dy)
    {
        ActivationFunctions<TLanes, TVector>.Sigmoids(x, out var value, out var complement);
        return TLanes.Multiply(dy, TLanes.Multiply(value, TLanes.MultiplyAdd(x, complement, TLanes.Broadcast(1f))));
    }
}

/// <summary>max(x, 0), and dy where x is above 0. NaN stays NaN.</summary>
internal readonly struct ReluFunction : IFunction, IPairFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    TVector IFunction.Of<TLanes, TVector>(TVector x) => TLanes.SelectLess(x, TLanes.Zero, TLanes.Zero, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    TVector IPairFunction.Of<TLanes, TVector>(TVector x, TVector dy) => TLanes.SelectLess(TLanes.Zero, x, dy, TLanes.Zero);
}

/// <summary>σ(x), and dy · σ(x) · σ(−x).</summary>
internal readonly struct SigmoidFunction : IFunction, IPairFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    TVector IFunction.Of<TLanes, TVector>(TVector x) => ActivationFunctions<TLanes, TVector>.Sigmoid(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    TVector IPairFunction.Of<TLanes, TVector>(TVector x, TVector dy)
    {
        ActivationFunctions<TLanes, TVector>.Sigmoids(x, out var value, out var complement);
        return TLanes.Multiply(dy, TLanes.Multiply(value, complement));
    }
}

/// <summary>tanh(x), and dy · (1 − tanh²(x)), as 4·σ(2x)·σ(−2x): exact in the tails.</summary>
internal readonly struct TanhFunction : IFunction, IPairFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    TVector IFunction.Of<TLanes, TVector>(TVector x) => ActivationFunctions<TLanes, TVector>.Tanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    TVector IPairFunction.Of<TLanes, TVector>(TVector x, TVector dy)
    {
        ActivationFunctions<TLanes, TVector>.Sigmoids(TLanes.Add(x, x), out var value, out var complement);
        return TLanes.Multiply(dy, TLanes.Multiply(TLanes.Multiply(value, complement), TLanes.Broadcast(4f)));
    }
}

/// <summary>x above 0, else e^x − 1, and dy times 1 or e^x. NaN stays NaN.</summary>
internal readonly struct EluFunction : IFunction, IPairFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    TVector IFunction.Of<TLanes, TVector>(TVector x) =>
        TLanes.SelectLess(TLanes.Zero, x, x, LaneFunctions.ExpMinusOne<TLanes, TVector>(Negative<TLanes, TVector>(x)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    TVector IPairFunction.Of<TLanes, TVector>(TVector x, TVector dy) => TLanes.Multiply(dy, LaneFunctions.Exp<TLanes, TVector>(Negative<TLanes, TVector>(x)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Negative<TLanes, TVector>(TVector x)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct => TLanes.SelectLess(TLanes.Zero, x, TLanes.Zero, x);
}

/// <summary>x above 0, else slope · x, and dy times 1 or the slope.</summary>
internal readonly struct LeakyReluFunction(float slope) : IFunction, IPairFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    TVector IFunction.Of<TLanes, TVector>(TVector x) => TLanes.SelectLess(TLanes.Zero, x, x, TLanes.Multiply(x, TLanes.Broadcast(slope)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    TVector IPairFunction.Of<TLanes, TVector>(TVector x, TVector dy) => TLanes.SelectLess(TLanes.Zero, x, dy, TLanes.Multiply(dy, TLanes.Broadcast(slope)));
}

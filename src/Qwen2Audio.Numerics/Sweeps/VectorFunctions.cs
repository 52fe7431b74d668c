namespace Qwen2Audio.Numerics.Sweeps;

/// <summary>b + a.</summary>
internal readonly struct Addition : IPairFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    TVector IPairFunction.Of<TLanes, TVector>(TVector a, TVector b) => TLanes.Add(b, a);
}

/// <summary>b + factor · a.</summary>
internal readonly struct ScaledAddition(float factor) : IPairFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    TVector IPairFunction.Of<TLanes, TVector>(TVector a, TVector b) => TLanes.MultiplyAdd(TLanes.Broadcast(factor), a, b);
}

/// <summary>b + factor · (a − b).</summary>
internal readonly struct Approaching(float factor) : IPairFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    TVector IPairFunction.Of<TLanes, TVector>(TVector a, TVector b) => TLanes.MultiplyAdd(TLanes.Broadcast(factor), TLanes.Subtract(a, b), b);
}

/// <summary>factor · a.</summary>
internal readonly struct Scaling(float factor) : IFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    TVector IFunction.Of<TLanes, TVector>(TVector a) => TLanes.Multiply(TLanes.Broadcast(factor), a);
}

/// <summary>a · b.</summary>
internal readonly struct Multiplication : IPairFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    TVector IPairFunction.Of<TLanes, TVector>(TVector a, TVector b) => TLanes.Multiply(a, b);
}

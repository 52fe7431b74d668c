using Qwen2Audio.Numerics.Lanes;

namespace Qwen2Audio.Numerics.Sweeps;

/// <summary>A function of one number.</summary>
internal interface IFunction
{
    TVector Of<TLanes, TVector>(TVector a)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct;
}

/// <summary>A function of two numbers.</summary>
internal interface IPairFunction
{
    TVector Of<TLanes, TVector>(TVector a, TVector b)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct;
}

/// <summary>B = f(A).</summary>
internal readonly unsafe struct FunctionMap<TFunction>(TFunction function) : IElementMap
    where TFunction : unmanaged, IFunction
{
    public static int Count => 2;

    public static int FirstOutput => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void IElementMap.Apply<TLanes, TVector>(in Operands at) => TLanes.Store(function.Of<TLanes, TVector>(TLanes.Load(at.A)), at.B);
}

/// <summary>C = f(A, B).</summary>
internal readonly unsafe struct PairMap<TFunction>(TFunction function) : IElementMap
    where TFunction : unmanaged, IPairFunction
{
    public static int Count => 3;

    public static int FirstOutput => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void IElementMap.Apply<TLanes, TVector>(in Operands at) =>
        TLanes.Store(function.Of<TLanes, TVector>(TLanes.Load(at.A), TLanes.Load(at.B)), at.C);
}

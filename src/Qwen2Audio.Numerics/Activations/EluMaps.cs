using System.Runtime.CompilerServices;
using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Sweeps;

namespace Qwen2Audio.Numerics.Activations;

/// <summary>B = A > 0 ? A : e^A − 1.</summary>
internal readonly unsafe struct EluMap : IElementMap
{
    public static int Count => 2;

    public static int FirstOutput => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<TLanes, TVector>(in Operands at)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var x = TLanes.Load(at.A);
        var negative = TLanes.SelectLess(TLanes.Zero, x, TLanes.Zero, x); // NaN stays NaN
        TLanes.Store(TLanes.SelectLess(TLanes.Zero, x, x, LaneFunctions.ExpMinusOne<TLanes, TVector>(negative)), at.B);
    }
}

/// <summary>C = A > 0 ? B : B · e^A.</summary>
internal readonly unsafe struct EluSlopeMap : IElementMap
{
    public static int Count => 3;

    public static int FirstOutput => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<TLanes, TVector>(in Operands at)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var x = TLanes.Load(at.A);
        var negative = TLanes.SelectLess(TLanes.Zero, x, TLanes.Zero, x);
        TLanes.Store(TLanes.Multiply(TLanes.Load(at.B), LaneFunctions.Exp<TLanes, TVector>(negative)), at.C);
    }
}

/// <summary>B = A > 0 ? A : slope · A.</summary>
internal readonly unsafe struct LeakyReluMap(float slope) : IElementMap
{
    private readonly float _slope = slope;

    public static int Count => 2;

    public static int FirstOutput => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<TLanes, TVector>(in Operands at)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var x = TLanes.Load(at.A);
        TLanes.Store(TLanes.SelectLess(TLanes.Zero, x, x, TLanes.Multiply(x, TLanes.Broadcast(_slope))), at.B);
    }
}

/// <summary>C = A > 0 ? B : slope · B.</summary>
internal readonly unsafe struct LeakyReluSlopeMap(float slope) : IElementMap
{
    private readonly float _slope = slope;

    public static int Count => 3;

    public static int FirstOutput => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<TLanes, TVector>(in Operands at)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var dy = TLanes.Load(at.B);
        TLanes.Store(TLanes.SelectLess(TLanes.Zero, TLanes.Load(at.A), dy, TLanes.Multiply(dy, TLanes.Broadcast(_slope))), at.C);
    }
}

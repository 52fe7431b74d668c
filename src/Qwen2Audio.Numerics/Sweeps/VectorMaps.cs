using System.Runtime.CompilerServices;
using Qwen2Audio.Numerics.Lanes;

namespace Qwen2Audio.Numerics.Sweeps;

/// <summary>B += A.</summary>
internal readonly unsafe struct AddMap : IElementMap
{
    public static int Count => 2;

    public static int FirstOutput => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<TLanes, TVector>(in Operands at)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct =>
        TLanes.Store(TLanes.Add(TLanes.Load(at.B), TLanes.Load(at.A)), at.B);
}

/// <summary>B += factor · A.</summary>
internal readonly unsafe struct AddScaledMap(float factor) : IElementMap
{
    private readonly float _factor = factor;

    public static int Count => 2;

    public static int FirstOutput => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<TLanes, TVector>(in Operands at)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct =>
        TLanes.Store(TLanes.MultiplyAdd(TLanes.Broadcast(_factor), TLanes.Load(at.A), TLanes.Load(at.B)), at.B);
}

/// <summary>B += factor · (A − B).</summary>
internal readonly unsafe struct ApproachMap(float factor) : IElementMap
{
    private readonly float _factor = factor;

    public static int Count => 2;

    public static int FirstOutput => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<TLanes, TVector>(in Operands at)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var old = TLanes.Load(at.B);
        TLanes.Store(TLanes.MultiplyAdd(TLanes.Broadcast(_factor), TLanes.Subtract(TLanes.Load(at.A), old), old), at.B);
    }
}

/// <summary>A = factor · A.</summary>
internal readonly unsafe struct ScaleMap(float factor) : IElementMap
{
    private readonly float _factor = factor;

    public static int Count => 1;

    public static int FirstOutput => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<TLanes, TVector>(in Operands at)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct =>
        TLanes.Store(TLanes.Multiply(TLanes.Broadcast(_factor), TLanes.Load(at.A)), at.A);
}

/// <summary>C = A · B.</summary>
internal readonly unsafe struct MultiplyMap : IElementMap
{
    public static int Count => 3;

    public static int FirstOutput => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<TLanes, TVector>(in Operands at)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct =>
        TLanes.Store(TLanes.Multiply(TLanes.Load(at.A), TLanes.Load(at.B)), at.C);
}

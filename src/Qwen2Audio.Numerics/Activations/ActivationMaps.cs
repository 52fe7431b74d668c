using System.Runtime.CompilerServices;
using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Sweeps;

namespace Qwen2Audio.Numerics.Activations;

/// <summary>B = gelu(A).</summary>
internal readonly unsafe struct GeluMap : IElementMap
{
    public static int Count => 2;

    public static int FirstOutput => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<TLanes, TVector>(in Operands at)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var x = TLanes.Load(at.A);
        TLanes.Store(TLanes.Multiply(x, ActivationFunctions<TLanes, TVector>.NormalDistribution(x, out _)), at.B);
    }
}

/// <summary>C = B · gelu′(A), gelu′(x) = Φ(x) + x·φ(x).</summary>
internal readonly unsafe struct GeluSlopeMap : IElementMap
{
    public static int Count => 3;

    public static int FirstOutput => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<TLanes, TVector>(in Operands at)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var x = TLanes.Load(at.A);
        var area = ActivationFunctions<TLanes, TVector>.NormalDistribution(x, out var exponential);
        var density = TLanes.Multiply(exponential, TLanes.Broadcast(0.3989422804014327f));
        TLanes.Store(TLanes.Multiply(TLanes.Load(at.B), TLanes.MultiplyAdd(x, density, area)), at.C);
    }
}

/// <summary>B = silu(A).</summary>
internal readonly unsafe struct SiluMap : IElementMap
{
    public static int Count => 2;

    public static int FirstOutput => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<TLanes, TVector>(in Operands at)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var x = TLanes.Load(at.A);
        TLanes.Store(TLanes.Multiply(x, ActivationFunctions<TLanes, TVector>.Sigmoid(x)), at.B);
    }
}

/// <summary>C = B · silu′(A), silu′(x) = σ(x)·(1 + x·σ(−x)).</summary>
internal readonly unsafe struct SiluSlopeMap : IElementMap
{
    public static int Count => 3;

    public static int FirstOutput => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<TLanes, TVector>(in Operands at)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var x = TLanes.Load(at.A);
        ActivationFunctions<TLanes, TVector>.Sigmoids(x, out var value, out var complement);
        var slope = TLanes.Multiply(value, TLanes.MultiplyAdd(x, complement, TLanes.Broadcast(1f)));
        TLanes.Store(TLanes.Multiply(TLanes.Load(at.B), slope), at.C);
    }
}

/// <summary>B = max(A, 0).</summary>
internal readonly unsafe struct ReluMap : IElementMap
{
    public static int Count => 2;

    public static int FirstOutput => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<TLanes, TVector>(in Operands at)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var x = TLanes.Load(at.A);
        TLanes.Store(TLanes.SelectLess(x, TLanes.Zero, TLanes.Zero, x), at.B); // NaN stays NaN
    }
}

/// <summary>C = A > 0 ? B : 0.</summary>
internal readonly unsafe struct ReluSlopeMap : IElementMap
{
    public static int Count => 3;

    public static int FirstOutput => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<TLanes, TVector>(in Operands at)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct =>
        TLanes.Store(TLanes.SelectLess(TLanes.Zero, TLanes.Load(at.A), TLanes.Load(at.B), TLanes.Zero), at.C);
}

/// <summary>B = sigmoid(A).</summary>
internal readonly unsafe struct SigmoidMap : IElementMap
{
    public static int Count => 2;

    public static int FirstOutput => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<TLanes, TVector>(in Operands at)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct =>
        TLanes.Store(ActivationFunctions<TLanes, TVector>.Sigmoid(TLanes.Load(at.A)), at.B);
}

/// <summary>C = B · σ(A) · σ(−A).</summary>
internal readonly unsafe struct SigmoidSlopeMap : IElementMap
{
    public static int Count => 3;

    public static int FirstOutput => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<TLanes, TVector>(in Operands at)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        ActivationFunctions<TLanes, TVector>.Sigmoids(TLanes.Load(at.A), out var value, out var complement);
        TLanes.Store(TLanes.Multiply(TLanes.Load(at.B), TLanes.Multiply(value, complement)), at.C);
    }
}

/// <summary>B = tanh(A).</summary>
internal readonly unsafe struct TanhMap : IElementMap
{
    public static int Count => 2;

    public static int FirstOutput => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<TLanes, TVector>(in Operands at)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct =>
        TLanes.Store(ActivationFunctions<TLanes, TVector>.Tanh(TLanes.Load(at.A)), at.B);
}

/// <summary>C = B · (1 − tanh²(A)), as 4·σ(2A)·σ(−2A): exact in the tails.</summary>
internal readonly unsafe struct TanhSlopeMap : IElementMap
{
    public static int Count => 3;

    public static int FirstOutput => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<TLanes, TVector>(in Operands at)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var x = TLanes.Load(at.A);
        ActivationFunctions<TLanes, TVector>.Sigmoids(TLanes.Add(x, x), out var value, out var complement);
        var slope = TLanes.Multiply(TLanes.Multiply(value, complement), TLanes.Broadcast(4f));
        TLanes.Store(TLanes.Multiply(TLanes.Load(at.B), slope), at.C);
    }
}

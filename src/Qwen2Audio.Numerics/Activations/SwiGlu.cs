using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Activations;

/// <summary>silu(gate) · up, the gated activation of Qwen2's feed-forward blocks (Shazeer 2020).</summary>
public static class SwiGlu
{
    /// <summary>y = silu(gate) · up.</summary>
    /// <param name="gate">[rows, w].</param>
    /// <param name="up">[rows, w].</param>
    /// <param name="y">[rows, w], overwritten; may be <paramref name="gate"/> or <paramref name="up"/>.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static void Forward(WorkerPool pool, Matrix gate, Matrix up, Matrix y)
    {
        Shapes.Same(gate, up);
        Shapes.Same(gate, y);
        ElementSweep<PairMap<SwiGluFunction>>.Run(pool, default, gate, up, y);
    }

    /// <summary>dgate = dy · up · silu′(gate), dup = dy · silu(gate).</summary>
    /// <param name="gate">[rows, w].</param>
    /// <param name="up">[rows, w].</param>
    /// <param name="dy">[rows, w].</param>
    /// <param name="dgate">[rows, w], overwritten; may be any of the inputs.</param>
    /// <param name="dup">[rows, w], overwritten; may be another of the inputs.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static void Backward(WorkerPool pool, Matrix gate, Matrix up, Matrix dy, Matrix dgate, Matrix dup)
    {
        Shapes.Same(gate, up);
        Shapes.Same(gate, dy);
        Shapes.Same(gate, dgate);
        Shapes.Same(gate, dup);
        ElementSweep<SwiGluSlopeMap>.Run(pool, default, gate, up, dy, dgate, dup);
    }
}

/// <summary>silu(gate) · up.</summary>
internal readonly struct SwiGluFunction : IPairFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    TVector IPairFunction.Of<TLanes, TVector>(TVector gate, TVector up) =>
        TLanes.Multiply(TLanes.Multiply(gate, ActivationFunctions<TLanes, TVector>.Sigmoid(gate)), up);
}

/// <summary>With gate A, up B, dy C: D = dgate, E = dup.</summary>
internal readonly unsafe struct SwiGluSlopeMap : IElementMap
{
    public static int Count => 5;

    public static int FirstOutput => 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void IElementMap.Apply<TLanes, TVector>(in Operands at)
    {
        var gate = TLanes.Load(at.A);
        var up = TLanes.Load(at.B);
        var dy = TLanes.Load(at.C);
        ActivationFunctions<TLanes, TVector>.Sigmoids(gate, out var value, out var complement);
        var slope = TLanes.Multiply(value, TLanes.MultiplyAdd(gate, complement, TLanes.Broadcast(1f)));
        TLanes.Store(TLanes.Multiply(TLanes.Multiply(dy, up), slope), at.D);
        TLanes.Store(TLanes.Multiply(dy, TLanes.Multiply(gate, value)), at.E);
    }
}

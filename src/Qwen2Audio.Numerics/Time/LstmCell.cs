using Qwen2Audio.Numerics.Activations;
using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Time;

/// <summary>
/// One step of an LSTM for some sequences, one row each. Gates are in the order input, forget, cell, output:
/// c = σ(f)·c′ + σ(i)·tanh(g), h = σ(o)·tanh(c).
/// </summary>
public static class LstmCell
{
    /// <summary>Cells and states from the gates' pre-activations.</summary>
    /// <param name="gates">[rows, 4 · width]: pre-activations; afterwards σ(i), σ(f), tanh(g), σ(o).</param>
    /// <param name="before">Cells of the step before, [rows, width]; default: zeros.</param>
    /// <param name="cells">[rows, width], overwritten.</param>
    /// <param name="states">[rows, width], overwritten.</param>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public static void Forward(WorkerPool pool, Matrix gates, Matrix before, Matrix cells, Matrix states)
    {
        Shapes.Same(cells, states);
        Shapes.IsOrNull(before, cells.Rows, cells.Columns);
        Shapes.Is(gates, cells.Rows, 4 * cells.Columns);
        RowSweep<LstmKernel>.Run(pool, new LstmKernel(gates, before, cells, states), gates.Rows, gates.Columns);
    }

    /// <summary>The gradient of the pre-activations, and that of the cells of the step before.</summary>
    /// <param name="gates">[rows, 4 · width]: as written by the forward pass; afterwards the gradient of the pre-activations.</param>
    /// <param name="before">As in the forward pass.</param>
    /// <param name="cells">As written by the forward pass.</param>
    /// <param name="dstates">Gradient of the states.</param>
    /// <param name="dcells">Gradient of the cells from later steps; afterwards that of <paramref name="before"/>.</param>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public static void Backward(WorkerPool pool, Matrix gates, Matrix before, Matrix cells, Matrix dstates, Matrix dcells)
    {
        Shapes.Same(cells, dstates);
        Shapes.Same(cells, dcells);
        Shapes.IsOrNull(before, cells.Rows, cells.Columns);
        Shapes.Is(gates, cells.Rows, 4 * cells.Columns);
        RowSweep<LstmGradient>.Run(pool, new LstmGradient(gates, before, cells, dstates, dcells), gates.Rows, gates.Columns);
    }
}

internal readonly unsafe struct LstmKernel(Matrix gates, Matrix before, Matrix cells, Matrix states) : IRowKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row)
    {
        var width = cells.Columns;
        var gate = gates.Data + (long)row * gates.Stride;
        var earlier = before.IsNull ? null : before.Data + (long)row * before.Stride;
        var cell = cells.Data + (long)row * cells.Stride;
        var state = states.Data + (long)row * states.Stride;
        for (var j = 0; j < width; j += TLanes.Count)
        {
            var left = width - j;
            var at = gate + j;
            var input = ActivationFunctions<TLanes, TVector>.Sigmoid(PartialVector<TLanes, TVector>.Load(at, left));
            var forget = ActivationFunctions<TLanes, TVector>.Sigmoid(PartialVector<TLanes, TVector>.Load(at + width, left));
            var fresh = ActivationFunctions<TLanes, TVector>.Tanh(PartialVector<TLanes, TVector>.Load(at + 2L * width, left));
            var output = ActivationFunctions<TLanes, TVector>.Sigmoid(PartialVector<TLanes, TVector>.Load(at + 3L * width, left));
            var value = TLanes.Multiply(input, fresh);
            if (earlier != null) value = TLanes.MultiplyAdd(forget, PartialVector<TLanes, TVector>.Load(earlier + j, left), value);
            PartialVector<TLanes, TVector>.Store(input, at, left);
            PartialVector<TLanes, TVector>.Store(forget, at + width, left);
            PartialVector<TLanes, TVector>.Store(fresh, at + 2L * width, left);
            PartialVector<TLanes, TVector>.Store(output, at + 3L * width, left);
            PartialVector<TLanes, TVector>.Store(value, cell + j, left);
            PartialVector<TLanes, TVector>.Store(TLanes.Multiply(output, ActivationFunctions<TLanes, TVector>.Tanh(value)), state + j, left);
        }
    }
}

internal readonly unsafe struct LstmGradient(Matrix gates, Matrix before, Matrix cells, Matrix dstates, Matrix dcells) : IRowKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row)
    {
        var width = cells.Columns;
        var one = TLanes.Broadcast(1f);
        var gate = gates.Data + (long)row * gates.Stride;
        var earlier = before.IsNull ? null : before.Data + (long)row * before.Stride;
        var cell = cells.Data + (long)row * cells.Stride;
        var dstate = dstates.Data + (long)row * dstates.Stride;
        var dcell = dcells.Data + (long)row * dcells.Stride;
        for (var j = 0; j < width; j += TLanes.Count)
        {
            var left = width - j;
            var at = gate + j;
            var input = PartialVector<TLanes, TVector>.Load(at, left);
            var forget = PartialVector<TLanes, TVector>.Load(at + width, left);
            var fresh = PartialVector<TLanes, TVector>.Load(at + 2L * width, left);
            var output = PartialVector<TLanes, TVector>.Load(at + 3L * width, left);
            var old = earlier == null ? TLanes.Zero : PartialVector<TLanes, TVector>.Load(earlier + j, left);
            var shown = ActivationFunctions<TLanes, TVector>.Tanh(PartialVector<TLanes, TVector>.Load(cell + j, left));
            var upstream = PartialVector<TLanes, TVector>.Load(dstate + j, left);
            var inner = TLanes.Multiply(TLanes.Multiply(upstream, output), Rest<TLanes, TVector>(one, shown, shown));
            inner = TLanes.Add(inner, PartialVector<TLanes, TVector>.Load(dcell + j, left));
            var dinput = TLanes.Multiply(TLanes.Multiply(inner, fresh), TLanes.Multiply(input, TLanes.Subtract(one, input)));
            var dforget = TLanes.Multiply(TLanes.Multiply(inner, old), TLanes.Multiply(forget, TLanes.Subtract(one, forget)));
            var dfresh = TLanes.Multiply(TLanes.Multiply(inner, input), Rest<TLanes, TVector>(one, fresh, fresh));
            var doutput = TLanes.Multiply(TLanes.Multiply(upstream, shown), TLanes.Multiply(output, TLanes.Subtract(one, output)));
            PartialVector<TLanes, TVector>.Store(dinput, at, left);
            PartialVector<TLanes, TVector>.Store(dforget, at + width, left);
            PartialVector<TLanes, TVector>.Store(dfresh, at + 2L * width, left);
            PartialVector<TLanes, TVector>.Store(doutput, at + 3L * width, left);
            PartialVector<TLanes, TVector>.Store(TLanes.Multiply(inner, forget), dcell + j, left);
        }
    }

    /// <summary>1 − a · b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Rest<TLanes, TVector>(TVector one, TVector a, TVector b)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct => TLanes.MultiplyAdd(TLanes.Subtract(TLanes.Zero, a), b, one);
}

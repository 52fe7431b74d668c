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
    private readonly Matrix _gates = gates;
    private readonly Matrix _before = before;
    private readonly Matrix _cells = cells;
    private readonly Matrix _states = states;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row)
    {
        var width = _cells.Columns;
        var gate = _gates.Data + (long)row * _gates.Stride;
        var before = _before.IsNull ? null : _before.Data + (long)row * _before.Stride;
        var cell = _cells.Data + (long)row * _cells.Stride;
        var state = _states.Data + (long)row * _states.Stride;
        for (var j = 0; j < width; j += TLanes.Count)
        {
            var left = width - j;
            var at = gate + j;
            var input = ActivationFunctions<TLanes, TVector>.Sigmoid(PartialVector<TLanes, TVector>.Load(at, left));
            var forget = ActivationFunctions<TLanes, TVector>.Sigmoid(PartialVector<TLanes, TVector>.Load(at + width, left));
            var fresh = ActivationFunctions<TLanes, TVector>.Tanh(PartialVector<TLanes, TVector>.Load(at + 2L * width, left));
            var output = ActivationFunctions<TLanes, TVector>.Sigmoid(PartialVector<TLanes, TVector>.Load(at + 3L * width, left));
            var value = TLanes.Multiply(input, fresh);
            if (before != null) value = TLanes.MultiplyAdd(forget, PartialVector<TLanes, TVector>.Load(before + j, left), value);
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
    private readonly Matrix _gates = gates;
    private readonly Matrix _before = before;
    private readonly Matrix _cells = cells;
    private readonly Matrix _dstates = dstates;
    private readonly Matrix _dcells = dcells;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row)
    {
        var width = _cells.Columns;
        var one = TLanes.Broadcast(1f);
        var gate = _gates.Data + (long)row * _gates.Stride;
        var before = _before.IsNull ? null : _before.Data + (long)row * _before.Stride;
        var cell = _cells.Data + (long)row * _cells.Stride;
        var dstate = _dstates.Data + (long)row * _dstates.Stride;
        var dcell = _dcells.Data + (long)row * _dcells.Stride;
        for (var j = 0; j < width; j += TLanes.Count)
        {
            var left = width - j;
            var at = gate + j;
            var input = PartialVector<TLanes, TVector>.Load(at, left);
            var forget = PartialVector<TLanes, TVector>.Load(at + width, left);
            var fresh = PartialVector<TLanes, TVector>.Load(at + 2L * width, left);
            var output = PartialVector<TLanes, TVector>.Load(at + 3L * width, left);
            var old = before == null ? TLanes.Zero : PartialVector<TLanes, TVector>.Load(before + j, left);
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

using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Time;

namespace Qwen2Audio.Training.Ops;

internal sealed partial class TrainingOps
{
    public Variable Lstm(Variable x, IReadOnlyList<LstmLayerWeights> layers, Layout rows, IState? state = null, int stateIndex = 0)
    {
        RequireWhole(rows, state);
        var time = new TimeMajor(rows.Starts);
        var y = New(x.Value.Rows, x.Value.Columns);
        var input = NewLike(x);
        RowGather.Forward(Pool, x.Value, time.Order, input);
        var passes = new LstmPass[layers.Count];
        for (var i = 0; i < passes.Length; i++)
        {
            passes[i] = new LstmPass(
                input, _arena.Allocate(input.Rows, 4 * input.Columns), NewLike(x), NewLike(x), Of(layers[i].Input), Of(layers[i].State),
                Of(layers[i].InputBias), Of(layers[i].StateBias));
            RunLayer(passes[i], time);
            input = passes[i].States;
        }

        y.Value.CopyFrom(x.Value);
        RowGather.Backward(Pool, input, time.Order, y.Value); // scatters time-major rows back to their sequences
        Record(y, () =>
        {
            var dstates = NewLike(x);
            RowGather.Forward(Pool, y.Gradient, time.Order, dstates);
            for (var i = passes.Length - 1; i >= 0; i--) RunLayerBack(passes[i], time, dstates);
            if (!x.NeedsGradient) return;
            Hand(y.Gradient, x);
            RowGather.Backward(Pool, dstates, time.Order, x.Gradient);
        });
        return y;
    }

    /// <summary>What one layer keeps for its backward pass, rows in time-major order.</summary>
    private sealed record LstmPass(
        Matrix Input, Matrix Gates, Matrix Cells, Matrix States, Parameter InputWeight, Parameter StateWeight, Parameter InputBias,
        Parameter StateBias);

    private void RunLayer(LstmPass pass, TimeMajor time)
    {
        var offset = _arena.Allocate(1, pass.Gates.Columns);
        offset.CopyFrom(pass.InputBias.Value);
        Vectors.Add(Pool, pass.StateBias.Value, offset);
        Gemm.Multiply(Pool, pass.Input, false, pass.InputWeight.Value, true, pass.Gates, bias: offset);
        using var packed = PackedMatrix.Pack(Pool, pass.StateWeight.Value, transposeB: true);
        for (var step = 0; step < time.Steps; step++)
        {
            var (start, count) = (time.Start(step), time.Running(step));
            var gates = pass.Gates.RowRange(start, count);
            var before = step == 0 ? default : pass.Cells.RowRange(time.Start(step - 1), count);
            if (step > 0) Gemm.Multiply(Pool, pass.States.RowRange(time.Start(step - 1), count), packed, gates, accumulate: true);
            LstmCell.Forward(Pool, gates, before, pass.Cells.RowRange(start, count), pass.States.RowRange(start, count));
        }
    }

    /// <summary>Backward pass of a layer: from the gradient of its states to that of its input.</summary>
    private void RunLayerBack(LstmPass pass, TimeMajor time, Matrix dstates)
    {
        var before = _arena.Allocate(dstates.Rows, dstates.Columns); // states of the previous step
        var dcells = _arena.AllocateZeroed(time.Steps == 0 ? 0 : time.Running(0), dstates.Columns);
        using var packed = PackedMatrix.Pack(Pool, pass.StateWeight.Value, transposeB: false);
        for (var step = time.Steps - 1; step >= 0; step--)
        {
            var (start, count) = (time.Start(step), time.Running(step));
            var dstate = dstates.RowRange(start, count);
            if (step + 1 < time.Steps)
            {
                var later = time.Running(step + 1);
                Gemm.Multiply(
                    Pool, pass.Gates.RowRange(time.Start(step + 1), later), packed, dstate.RowRange(0, later), accumulate: true);
            }

            var cells = step == 0 ? default : pass.Cells.RowRange(time.Start(step - 1), count);
            LstmCell.Backward(
                Pool, pass.Gates.RowRange(start, count), cells, pass.Cells.RowRange(start, count), dstate, dcells.RowRange(0, count));
            if (step == 0) before.RowRange(0, count).Clear();
            else before.RowRange(start, count).CopyFrom(pass.States.RowRange(time.Start(step - 1), count));
        }

        var dgates = pass.Gates;
        if (pass.InputWeight.Trained) Gemm.Multiply(Pool, dgates, true, pass.Input, false, pass.InputWeight.Gradient, accumulate: true);
        if (pass.StateWeight.Trained) Gemm.Multiply(Pool, dgates, true, before, false, pass.StateWeight.Gradient, accumulate: true);
        if (pass.InputBias.Trained) ColumnSums.Accumulate(Pool, dgates, pass.InputBias.Gradient);
        if (pass.StateBias.Trained) ColumnSums.Accumulate(Pool, dgates, pass.StateBias.Gradient);
        Gemm.Multiply(Pool, dgates, false, pass.InputWeight.Value, false, dstates);
    }
}

using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Time;

namespace Qwen2Audio.Inference;

public sealed partial class InferenceOps
{
    private const int GatheredAtOnce = 4 << 20; // elements: limits memory, since gathering repeats each input row once per tap

    public Matrix Conv1d(Matrix x, IWeight kernel, IWeight? bias, in ConvSpec spec, Layout rows, IState? state = null, int stateIndex = 0)
    {
        ConvShapes.Check(x.Columns, kernel, spec);
        var held = Pieces(state, x, rows)?.Rows(stateIndex, spec.StateRows, x.Columns);
        var outputs = rows.Convolved(spec);
        var y = Arena.Allocate(outputs.Rows, kernel.Shape[0]);
        var mark = Arena.Position;
        var offset = bias is null ? default : Own(bias).Plain();
        if (held is not null || spec.Chunk > 0)
        {
            var padded = PaddedPieces(x, spec, rows, outputs, held, out var around);
            Convolve(padded, Kernel(kernel), offset, spec.Inside, around, y);
        }
        else if (spec.Mode != PadMode.Zeros)
        {
            var around = rows.Padded(spec);
            var padded = Arena.Allocate(around.Rows, x.Columns);
            EdgePadding.Forward(_pool, x, rows.Starts, spec.PadLeft, padded, around.Starts, spec.Mode == PadMode.Replicate);
            Convolve(padded, Kernel(kernel), offset, spec.Inside, around, y);
        }
        else
        {
            Convolve(x, Kernel(kernel), offset, spec, rows, y);
        }

        Arena.Release(mark);
        return y;
    }

    public Matrix ConvTranspose1d(
        Matrix x, IWeight kernel, IWeight? bias, in TransposedConvSpec spec, Layout rows, IState? state = null, int stateIndex = 0)
    {
        ConvShapes.Check(x.Columns, kernel, spec);
        var outputs = rows.Convolved(spec);
        var (inputs, width) = (x.Columns / spec.Groups, kernel.Shape[1]);
        var held = Pieces(state, x, rows)?.Rows(stateIndex, spec.Unfinished, width * spec.Groups);
        var y = Arena.Allocate(outputs.Rows, width * spec.Groups);
        var mark = Arena.Position;
        int[]? places = null;
        var sums = held is null ? y : UnfinishedPieces(bias, spec, rows, held, out places);
        if (held is null) Start(y, bias);
        var products = Arena.Allocate(x.Rows, spec.Kernel * width);
        var kernels = Kernel(kernel).Kernel(_pool, new KernelLayout(spec.Kernel, spec.Groups, Transposed: true));
        for (var g = 0; g < spec.Groups; g++)
        {
            Gemm.Multiply(_pool, x.ColumnRange(g * inputs, inputs), kernels[g], products);
            Im2Row.ScatterAdd(
                _pool, products, rows.Starts, spec.Kernel, spec.Stride, places is null ? spec.TrimLeft : 0, sums.ColumnRange(g * width, width),
                places ?? outputs.Starts);
        }

        if (held is not null) FinishPieces(sums, spec, rows, outputs, held, y);
        Arena.Release(mark);
        return y;
    }

    public Matrix Lstm(Matrix x, IReadOnlyList<LstmLayerWeights> layers, Layout rows, IState? state = null, int stateIndex = 0)
    {
        var held = Pieces(state, x, rows)?.Rows(stateIndex, 2 * layers.Count, x.Columns);
        var time = new TimeMajor(rows.Starts);
        var y = Arena.Allocate(x.Rows, x.Columns);
        y.CopyFrom(x);
        var mark = Arena.Position;
        var states = Arena.Allocate(x.Rows, x.Columns);
        var cells = Arena.Allocate(x.Rows, x.Columns);
        var gates = Arena.Allocate(x.Rows, 4 * x.Columns);
        var offset = Arena.Allocate(1, 4 * x.Columns);
        RowGather.Forward(_pool, x, time.Order, states);
        for (var i = 0; i < layers.Count; i++)
        {
            var layer = layers[i];
            offset.CopyFrom(Own(layer.InputBias).Plain());
            Vectors.Add(_pool, Own(layer.StateBias).Plain(), offset);
            Multiply(states, Own(layer.Input), gates, offset);
            for (var step = 0; step < time.Steps; step++) // the states overwrite the layer's input
            {
                var (start, count) = (time.Start(step), time.Running(step));
                if (step == 0)
                {
                    First(layer, gates.RowRange(0, count), cells.RowRange(0, count), states.RowRange(0, count), time, rows, held, 2 * i);
                    continue;
                }

                var before = time.Start(step - 1);
                Recur(layer, gates.RowRange(start, count), states.RowRange(before, count), cells.RowRange(before, count),
                    cells.RowRange(start, count), states.RowRange(start, count));
            }

            for (var s = 0; s < rows.Sequences && held is not null; s++) Leave(time, rows, s, held, 2 * i, states, cells);
        }

        for (var s = 0; s < rows.Sequences; s++) held?.ContinuesAt(rows.Slots[s], rows.FirstPosition(s) + rows.Length(s));
        RowGather.Backward(_pool, states, time.Order, y); // scatters time-major rows back to their sequences
        Arena.Release(mark);
        return y;
    }

    private void Convolve(Matrix x, InferenceWeight kernel, Matrix bias, in ConvSpec spec, Layout rows, Matrix y)
    {
        var outputs = rows.Convolved(spec);
        if (spec.Groups > 1 && spec.Groups == y.Columns && y.Columns == x.Columns && spec.Dilation == 1)
        {
            DepthwiseConv.Forward(_pool, x, rows.Starts, kernel.Plain(), bias, spec.Stride, spec.PadLeft, y, outputs.Starts);
            return;
        }

        var kernels = kernel.Kernel(_pool, new KernelLayout(spec.Kernel, spec.Groups, Transposed: false));
        var (inputs, width) = (x.Columns / spec.Groups, y.Columns / spec.Groups);
        var atOnce = Math.Min(y.Rows, Math.Max(1, GatheredAtOnce / (spec.Kernel * inputs)));
        var columns = Arena.Allocate(atOnce, spec.Kernel * inputs);
        for (var row = 0; row < y.Rows; row += atOnce)
        {
            var count = Math.Min(atOnce, y.Rows - row);
            var gathered = columns.RowRange(0, count);
            for (var g = 0; g < spec.Groups; g++)
            {
                Im2Row.Gather(
                    _pool, x.ColumnRange(g * inputs, inputs), rows.Starts, spec.Kernel, spec.Stride, spec.PadLeft, gathered, outputs.Starts,
                    spec.Dilation, row);
                Gemm.Multiply(_pool, gathered, kernels[g], y.RowRange(row, count).ColumnRange(g * width, width),
                    bias: bias.IsNull ? bias : bias.ColumnRange(g * width, width));
            }
        }
    }

    /// <summary>Fills every row of y with the bias, or with zeros.</summary>
    private static void Start(Matrix y, IWeight? bias)
    {
        if (bias is null)
        {
            y.Clear();
            return;
        }

        ReadOnlySpan<float> start = Own(bias).Plain().Row(0);
        for (var i = 0; i < y.Rows; i++) start.CopyTo(y.Row(i));
    }

    private InferenceWeight Kernel(IWeight weight) =>
        weight is NormedWeight normed ? Own(normed.Direction).NormedBy(_pool, Own(normed.Norm)) : Own(weight);
}

using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Norms;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Time;

namespace Qwen2Audio.Training.Ops;

internal sealed partial class TrainingOps
{
    private readonly Dictionary<NormedWeight, Parameter> _kernels = [];

    public Variable Conv1d(Variable x, IWeight kernel, IWeight? bias, in ConvSpec spec, Layout rows, IState? state = null, int stateIndex = 0)
    {
        RequireWhole(rows, state);
        ConvShapes.Check(x.Value.Columns, kernel, spec);
        if (spec.Mode != PadMode.Zeros)
        {
            var around = rows.Padded(spec);
            return Conv1d(Pad(x, spec.PadLeft, rows, around, spec.Mode == PadMode.Replicate), kernel, bias, spec.Inside, around);
        }

        if (spec.Chunk > 0) return InChunks(x, kernel, bias, spec, rows);
        var output = rows.Convolved(spec);
        var (w, b) = (Kernel(kernel), bias is null ? null : Of(bias));
        var depthwise = spec.Groups > 1 && spec.Groups == x.Value.Columns && w.Rows == spec.Groups && spec.Dilation == 1;
        return depthwise ? DepthwiseConv(x, w, b, spec, rows, output) : GatheredConv(x, w, b, spec, rows, output);
    }

    public Variable ConvTranspose1d(
        Variable x, IWeight kernel, IWeight? bias, in TransposedConvSpec spec, Layout rows, IState? state = null, int stateIndex = 0)
    {
        RequireWhole(rows, state);
        ConvShapes.Check(x.Value.Columns, kernel, spec);
        var (taps, groups, stride, trim) = (spec.Kernel, spec.Groups, spec.Stride, spec.TrimLeft);
        var (w, b) = (Kernel(kernel), bias is null ? null : Of(bias));
        var output = rows.Convolved(spec);
        var (inputs, width) = (x.Value.Columns / groups, kernel.Shape[1]);
        var y = New(output.Rows, width * groups, x.NeedsGradient || w.Trained || b is { Trained: true });
        y.Value.Clear();
        if (b is not null) for (var i = 0; i < output.Rows; i++) b.Value.Row(0).CopyTo(y.Value.Row(i));
        var ordered = _arena.Allocate(w.Rows, w.Columns); // [in, taps · (out / groups)]
        KernelOrder.ToTapMajor(w.Value, taps, ordered);
        var products = _arena.Allocate(x.Value.Rows, w.Columns);
        for (var g = 0; g < groups; g++)
        {
            Gemm.Multiply(Pool, x.Value.ColumnRange(g * inputs, inputs), false, ordered.RowRange(g * inputs, inputs), false, products);
            Im2Row.ScatterAdd(Pool, products, rows.Starts, taps, stride, trim, y.Value.ColumnRange(g * width, width), output.Starts);
        }

        Record(y, () =>
        {
            if (b is { Trained: true }) ColumnSums.Accumulate(Pool, y.Gradient, b.Gradient);
            var accumulate = false;
            var dx = x.NeedsGradient ? GradientOf(x, out accumulate) : default;
            for (var g = 0; g < groups; g++)
            {
                Im2Row.Gather(Pool, y.Gradient.ColumnRange(g * width, width), output.Starts, taps, stride, trim, products, rows.Starts);
                if (w.Trained)
                {
                    var dKernel = _arena.Allocate(inputs, w.Columns);
                    Gemm.Multiply(Pool, x.Value.ColumnRange(g * inputs, inputs), true, products, false, dKernel);
                    KernelOrder.FromTapMajorAccumulate(dKernel, taps, w.Gradient.RowRange(g * inputs, inputs));
                }

                if (!x.NeedsGradient) continue;
                Gemm.Multiply(
                    Pool, products, false, ordered.RowRange(g * inputs, inputs), true, dx.ColumnRange(g * inputs, inputs), accumulate);
            }
        });
        return y;
    }

    /// <summary>Each chunk as a sequence of its own, after the earlier rows that it sees; their outputs are dropped.</summary>
    private Variable InChunks(Variable x, IWeight kernel, IWeight? bias, ConvSpec spec, Layout rows)
    {
        List<int> lengths = [], taken = [], kept = [];
        for (var s = 0; s < rows.Sequences; s++)
        {
            for (var first = 0; first < rows.Length(s); first += spec.Chunk)
            {
                var (from, end) = (Math.Max(0, first - spec.PadLeft), Math.Min(rows.Length(s), first + spec.Chunk));
                for (var row = first; row < end; row++) kept.Add(taken.Count + row - from);
                for (var row = from; row < end; row++) taken.Add(rows.Starts[s] + row);
                lengths.Add(end - from);
            }
        }

        var chunks = Layout.Of([.. lengths]);
        return TakeRows(Conv1d(TakeRows(x, [.. taken]), kernel, bias, spec with { Chunk = 0 }, chunks), [.. kept]);
    }

    public Variable Delay(Variable x, Layout rows, Layout until, int maxLag, IState? state = null, int stateIndex = 0)
    {
        RequireWhole(rows, state);
        return x;
    }

    private Variable DepthwiseConv(Variable x, Parameter w, Parameter? b, ConvSpec spec, Layout rows, Layout output)
    {
        var y = New(output.Rows, x.Value.Columns, x.NeedsGradient || w.Trained || b is { Trained: true });
        Numerics.Time.DepthwiseConv.Forward(Pool, x.Value, rows.Starts, w.Value, b?.Value ?? default, spec.Stride, spec.PadLeft,
            y.Value, output.Starts);
        Record(y, () => Numerics.Time.DepthwiseConv.Backward(Pool, x.Value, rows.Starts, w.Value, spec.Stride, spec.PadLeft,
            y.Gradient, output.Starts, GradientOf(x), w.Trained ? w.Gradient : default, b is { Trained: true } ? b.Gradient : default));
        return y;
    }

    /// <summary>For each group, the product of gathered windows [output rows, taps · in] with the kernel reordered to [out, taps · in].</summary>
    private Variable GatheredConv(Variable x, Parameter w, Parameter? b, ConvSpec spec, Layout rows, Layout output)
    {
        var (inputs, width) = (x.Value.Columns / spec.Groups, w.Rows / spec.Groups);
        var y = New(output.Rows, w.Rows, x.NeedsGradient || w.Trained || b is { Trained: true });
        var ordered = _arena.Allocate(w.Rows, w.Columns);
        KernelOrder.ToTapMajor(w.Value, spec.Kernel, ordered);
        var columns = new Matrix[spec.Groups];
        for (var g = 0; g < columns.Length; g++)
        {
            columns[g] = _arena.Allocate(output.Rows, w.Columns);
            Im2Row.Gather(Pool, x.Value.ColumnRange(g * inputs, inputs), rows.Starts, spec.Kernel, spec.Stride, spec.PadLeft, columns[g],
                output.Starts, spec.Dilation);
            Gemm.Multiply(Pool, columns[g], false, ordered.RowRange(g * width, width), true, y.Value.ColumnRange(g * width, width),
                bias: b is null ? default : b.Value.ColumnRange(g * width, width));
        }

        Record(y, () =>
        {
            if (b is { Trained: true }) ColumnSums.Accumulate(Pool, y.Gradient, b.Gradient);
            var dx = x.NeedsGradient ? GradientOf(x) : default;
            for (var g = 0; g < columns.Length; g++)
            {
                var dy = y.Gradient.ColumnRange(g * width, width);
                if (w.Trained)
                {
                    var dKernel = _arena.Allocate(width, w.Columns);
                    Gemm.Multiply(Pool, dy, true, columns[g], false, dKernel);
                    KernelOrder.FromTapMajorAccumulate(dKernel, spec.Kernel, w.Gradient.RowRange(g * width, width));
                }

                if (!x.NeedsGradient) continue;
                Gemm.Multiply(Pool, dy, false, ordered.RowRange(g * width, width), false, columns[g]); // overwrites the gathered rows, which are no longer needed
                Im2Row.ScatterAdd(Pool, columns[g], output.Starts, spec.Kernel, spec.Stride, spec.PadLeft, dx.ColumnRange(g * inputs, inputs),
                    rows.Starts, spec.Dilation);
            }
        });
        return y;
    }

    private Variable Pad(Variable x, int padLeft, Layout rows, Layout around, bool replicate)
    {
        var y = New(around.Rows, x.Value.Columns, x.NeedsGradient);
        EdgePadding.Forward(Pool, x.Value, rows.Starts, padLeft, y.Value, around.Starts, replicate);
        Record(y, () => EdgePadding.Backward(Pool, y.Gradient, around.Starts, padLeft, GradientOf(x), rows.Starts, replicate));
        return y;
    }

    /// <summary>A kernel. A weight-normalised one is computed once per step and passes its gradient to norm and direction.</summary>
    private Parameter Kernel(IWeight weight)
    {
        if (weight is not NormedWeight normed) return Of(weight);
        if (_kernels.TryGetValue(normed, out var known)) return known;
        // it outlives a recomputed layer, so it is stored on the outermost level
        var (g, v, outermost) = (Of(normed.Norm), Of(normed.Direction), _levels[0]);
        var length = g.Value.Reshape(v.Rows, 1);
        var kernel = new Parameter(v.Name, [.. v.Shape])
        {
            Value = outermost.Arena.Allocate(v.Rows, v.Columns),
            Gradient = outermost.Arena.AllocateZeroed(v.Rows, v.Columns),
            Trained = g.Trained || v.Trained,
        };
        WeightNorm.Forward(Pool, v.Value, length, kernel.Value);
        if (Records && kernel.Trained)
        {
            outermost.Tape.Add(() => WeightNorm.Backward(Pool, v.Value, length, kernel.Gradient,
                v.Trained ? v.Gradient : default, g.Trained ? g.Gradient.Reshape(v.Rows, 1) : default));
        }

        _kernels.Add(normed, kernel);
        return kernel;
    }
}

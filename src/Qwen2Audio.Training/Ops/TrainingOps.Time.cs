using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics;

namespace Qwen2Audio.Training.Ops;

public sealed partial class TrainingOps
{
    /// <inheritdoc/>
    public Variable Attention(
        Variable q, Variable k, Variable v, in AttentionSpec spec, Layout rows, ICache? cache = null, int layer = 0, Layout? keyRows = null)
    {
        if (cache is not null) throw new ArgumentException("Training computes whole sequences: there is no cache.", nameof(cache));
        var keys = keyRows ?? rows;
        if (keys.Sequences != rows.Sequences)
            throw new ArgumentException($"{rows.Sequences} sequences of queries, {keys.Sequences} of keys.", nameof(keyRows));
        var shape = new AttentionShape(spec.Heads, spec.KvHeads, spec.HeadDim, spec.Causal, spec.Window);
        var y = New(q.Value.Rows, q.Value.Columns, q.NeedsGradient || k.NeedsGradient || v.NeedsGradient);
        var segments = new AttentionSegment[rows.Sequences];
        for (var i = 0; i < segments.Length; i++)
        {
            var (start, length) = (rows.Starts[i], rows.Length(i));
            var (keyStart, keyLength) = (keys.Starts[i], keys.Length(i));
            segments[i] = new AttentionSegment
            {
                Q = q.Value.RowRange(start, length),
                K = k.Value.RowRange(keyStart, keyLength),
                V = v.Value.RowRange(keyStart, keyLength),
                Y = y.Value.RowRange(start, length),
                Offset = length > 0 && keyLength > 0 ? rows.Positions[start] - keys.Positions[keyStart] : 0,
                LogSumExp = _arena.Allocate(spec.Heads, length),
            };
        }

        Numerics.Attention.Forward(Pool, shape, segments);
        Record(y, () =>
        {
            var (dq, dk, dv) = (GradientOf(q), GradientOf(k), GradientOf(v));
            for (var i = 0; i < segments.Length; i++)
            {
                var (start, length) = (rows.Starts[i], rows.Length(i));
                var (keyStart, keyLength) = (keys.Starts[i], keys.Length(i));
                segments[i] = segments[i] with
                {
                    DQ = dq.RowRange(start, length),
                    DK = dk.RowRange(keyStart, keyLength),
                    DV = dv.RowRange(keyStart, keyLength),
                    DY = y.Gradient.RowRange(start, length),
                };
            }

            Numerics.Attention.Backward(Pool, shape, segments);
        });
        return y;
    }

    /// <inheritdoc/>
    public Variable Conv1d(Variable x, IWeight kernel, IWeight? bias, in ConvSpec spec, Layout rows)
    {
        var output = rows.Convolved(spec);
        var (w, b) = (Of(kernel), bias is null ? null : Of(bias));
        if (spec.Groups == 1) return DenseConv(x, w, b, spec, rows, output);
        if (spec.Groups != x.Value.Columns || w.Rows != spec.Groups)
            throw new NotSupportedException($"{w.Name}: a convolution in {spec.Groups} groups; 1 or one a channel is supported.");
        return DepthwiseConv(x, w, b, spec, rows, output);
    }

    /// <inheritdoc/>
    public Variable PairMean(Variable x, Layout rows)
    {
        var output = rows.Halved();
        var y = New(output.Rows, x.Value.Columns, x.NeedsGradient);
        Numerics.PairMean.Forward(Pool, x.Value, rows.Starts, y.Value, output.Starts);
        Record(y, () => Numerics.PairMean.Backward(Pool, y.Gradient, output.Starts, GradientOf(x), rows.Starts));
        return y;
    }

    private Variable DepthwiseConv(Variable x, Parameter w, Parameter? b, ConvSpec spec, Layout rows, Layout output)
    {
        var y = New(output.Rows, x.Value.Columns, x.NeedsGradient || w.Trained || b is { Trained: true });
        Numerics.DepthwiseConv.Forward(Pool, x.Value, rows.Starts, w.Value, b?.Value ?? default, spec.Stride, spec.PadLeft,
            y.Value, output.Starts);
        Record(y, () => Numerics.DepthwiseConv.Backward(Pool, x.Value, rows.Starts, w.Value, spec.Stride, spec.PadLeft,
            y.Gradient, output.Starts, GradientOf(x), w.Trained ? w.Gradient : default, b is { Trained: true } ? b.Gradient : default));
        return y;
    }

    /// <summary>A product of gathered neighbourhoods [output rows, taps · in] with the kernel in the order [out, taps · in].</summary>
    private Variable DenseConv(Variable x, Parameter w, Parameter? b, ConvSpec spec, Layout rows, Layout output)
    {
        var y = New(output.Rows, w.Rows, x.NeedsGradient || w.Trained || b is { Trained: true });
        var columns = _arena.Allocate(output.Rows, spec.Kernel * x.Value.Columns);
        var ordered = _arena.Allocate(w.Rows, w.Columns);
        Im2Row.Gather(Pool, x.Value, rows.Starts, spec.Kernel, spec.Stride, spec.PadLeft, columns, output.Starts);
        KernelOrder.ToTapMajor(w.Value, spec.Kernel, ordered);
        Gemm.Multiply(Pool, columns, false, ordered, true, y.Value, bias: b?.Value ?? default);
        Record(y, () =>
        {
            if (w.Trained)
            {
                var dKernel = _arena.Allocate(w.Rows, w.Columns);
                Gemm.Multiply(Pool, y.Gradient, true, columns, false, dKernel);
                KernelOrder.FromTapMajorAccumulate(dKernel, spec.Kernel, w.Gradient);
            }

            if (b is { Trained: true }) ColumnSums.Accumulate(Pool, y.Gradient, b.Gradient);
            if (!x.NeedsGradient) return;
            Gemm.Multiply(Pool, y.Gradient, false, ordered, false, columns); // the gathered rows are not needed again
            Im2Row.ScatterAdd(Pool, columns, output.Starts, spec.Kernel, spec.Stride, spec.PadLeft, GradientOf(x), rows.Starts);
        });
        return y;
    }
}

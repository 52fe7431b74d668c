using Qwen2Audio.Numerics.Activations;
using Qwen2Audio.Numerics.Attention;
using Qwen2Audio.Numerics.Norms;
using Qwen2Audio.Numerics.Optimisation;
using Qwen2Audio.Numerics.Probabilities;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Tests.Attention;
using Qwen2Audio.Numerics.Time;

namespace Qwen2Audio.Numerics.Tests;

/// <summary>One call of every kernel here, on shapes that make several work items. A call writes only matrices of the sample.</summary>
internal static class KernelCalls
{
    private const int Rows = 150;
    private const int Width = 333;

    public static readonly Dictionary<string, Func<WorkerPool, Sample, Action>> Prepare = new()
    {
        ["RmsNorm.Forward"] = (pool, s) =>
        {
            var (x, gain, y, inverse) = (X(s), Vector(s), X(s), s.Normal(Rows, 1));
            return () => RmsNorm.Forward(pool, x, gain, 1e-6f, y, inverse);
        },
        ["RmsNorm.Backward"] = (pool, s) =>
        {
            var (x, gain, inverse, dy, dx, dgain) = (X(s), Vector(s), s.Normal(Rows, 1), X(s), X(s), Vector(s));
            return () => RmsNorm.Backward(pool, x, gain, inverse, dy, dx, dgain);
        },
        ["LayerNorm.Forward"] = (pool, s) =>
        {
            var (x, gain, bias, y) = (X(s), Vector(s), Vector(s), X(s));
            return () => LayerNorm.Forward(pool, x, gain, bias, 1e-6f, y, default, default);
        },
        ["SequenceNorm.Forward"] = (pool, s) =>
        {
            var (x, gain, bias, y, sums, statistics) = (X(s), Vector(s), Vector(s), X(s), s.Normal(Rows, 2), s.Normal(3, 2));
            int[] starts = [0, 1, 90, Rows];
            return () => SequenceNorm.Forward(pool, x, starts, gain, bias, 1e-6f, y, sums, statistics);
        },
        ["SequenceNorm.Backward"] = (_, s) =>
        {
            var (x, gain, statistics, dy, dx) = (X(s), Vector(s), s.Normal(3, 2), X(s), X(s));
            var (dgain, dbias) = (Vector(s), Vector(s));
            int[] starts = [0, 1, 90, Rows];
            return () => SequenceNorm.Backward(x, starts, gain, statistics, dy, dx, dgain, dbias);
        },
        ["LayerNorm.Backward"] = (pool, s) =>
        {
            var (x, gain, mean, inverse, dy, dx) = (X(s), Vector(s), s.Normal(Rows, 1), s.Normal(Rows, 1), X(s), X(s));
            var (dgain, dbias) = (Vector(s), Vector(s));
            return () => LayerNorm.Backward(pool, x, gain, mean, inverse, dy, dx, dgain, dbias);
        },
        ["Gelu"] = (pool, s) => Function(pool, s, ElementwiseFunction.Gelu),
        ["Silu"] = (pool, s) => Function(pool, s, ElementwiseFunction.Silu),
        ["Tanh"] = (pool, s) => Function(pool, s, ElementwiseFunction.Tanh),
        ["Elu"] = (pool, s) => Function(pool, s, ElementwiseFunction.Elu),
        ["LeakyRelu"] = (pool, s) =>
        {
            var (x, y) = (X(s), X(s));
            return () =>
            {
                LeakyRelu.Backward(pool, 0.1f, x, y, y);
                LeakyRelu.Forward(pool, 0.1f, x, x);
            };
        },
        ["Snake"] = (pool, s) =>
        {
            var (x, alpha, y, dalpha) = (X(s), Vector(s), X(s), Vector(s));
            return () =>
            {
                Snake.Backward(pool, x, alpha, y, y, dalpha);
                Snake.Forward(pool, x, alpha, x);
            };
        },
        ["WeightNorm"] = (pool, s) =>
        {
            var (v, g, w, dv, dg) = (X(s), s.Normal(Rows, 1), X(s), X(s), s.Normal(Rows, 1));
            return () =>
            {
                WeightNorm.Backward(pool, v, g, w, dv, dg);
                WeightNorm.Forward(pool, v, g, w);
            };
        },
        ["LstmCell"] = (pool, s) =>
        {
            var (gates, before, cells, states, dstates, dcells) = (s.Normal(Rows, 4 * Width), X(s), X(s), X(s), X(s), X(s));
            return () =>
            {
                LstmCell.Forward(pool, gates, before, cells, states);
                LstmCell.Backward(pool, gates, before, cells, dstates, dcells);
            };
        },
        ["EdgePadding"] = (pool, s) =>
        {
            var (x, y, starts, yStarts) = (X(s), s.Normal(Rows + 20, Width), (int[])[0, 51, Rows], (int[])[0, 61, Rows + 20]);
            return () =>
            {
                foreach (var replicate in (ReadOnlySpan<bool>)[false, true])
                {
                    EdgePadding.Forward(pool, x, starts, 7, y, yStarts, replicate);
                    EdgePadding.Backward(pool, y, yStarts, 7, x, starts, replicate);
                }
            };
        },
        ["Im2Row with dilation"] = (pool, s) =>
        {
            var (x, columns, starts) = (s.Normal(Rows, 20), s.Normal(Rows, 60), (int[])[0, 51, Rows]);
            return () =>
            {
                Im2Row.Gather(pool, x, starts, 3, 1, 4, columns, starts, dilation: 2);
                Im2Row.ScatterAdd(pool, columns, starts, 3, 1, 4, x, starts, dilation: 2);
            };
        },
        ["SwiGlu"] = (pool, s) =>
        {
            var (gate, up, dy, dgate, dup) = (X(s), X(s), X(s), X(s), X(s));
            return () =>
            {
                SwiGlu.Backward(pool, gate, up, dy, dgate, dup);
                SwiGlu.Forward(pool, gate, up, gate);
            };
        },
        ["Softmax"] = (pool, s) =>
        {
            var x = X(s);
            return () => Softmax.Forward(pool, x, x);
        },
        ["CrossEntropy"] = (pool, s) =>
        {
            var (x, loss, logSum, targets, scale) = (X(s), s.Normal(Rows, 1), s.Normal(Rows, 1), s.Integers(Rows, Width), new float[Rows]);
            scale.AsSpan().Fill(0.3f);
            return () =>
            {
                CrossEntropy.Forward(pool, x, targets, 0.1f, loss, logSum);
                CrossEntropy.Backward(pool, x, targets, scale, 0.1f, logSum, x);
            };
        },
        ["Rotary"] = (pool, s) =>
        {
            var (table, x, positions) = (PlainRotaryTables.Table(32, 1e4), s.Normal(Rows, 320), s.Integers(Rows, 100_000));
            return () => Rotary.Apply(pool, table, x, positions, inverse: true);
        },
        ["Vectors"] = (pool, s) =>
        {
            var (x, y, rows, sums) = (X(s), X(s), s.Normal(Rows, 1), s.Normal(1, 2));
            return () =>
            {
                Vectors.AddScaled(pool, 0.7f, x, y);
                Vectors.Multiply(pool, x, y, y);
                Vectors.RowScale(pool, y, rows, x);
                Vectors.ColumnScale(pool, x, y.RowRange(0, 1), x);
                Vectors.RowDots(pool, x, y, rows);
                sums.Span[0] = (float)Vectors.Sum(pool, x);
                sums.Span[1] = (float)Vectors.SumOfSquares(pool, x.ColumnRange(1, 300));
                if (!Vectors.AllFinite(pool, x)) sums.Clear();
            };
        },
        ["ColumnSums"] = (pool, s) =>
        {
            var (x, y) = (X(s), Vector(s));
            return () => ColumnSums.Accumulate(pool, x, y);
        },
        ["RowGather"] = (pool, s) =>
        {
            var (table, y, ids) = (s.Normal(20, Width), X(s), s.Integers(Rows, 20));
            return () =>
            {
                RowGather.Backward(pool, y, ids, table);
                RowGather.Forward(pool, table, ids, y);
            };
        },
        ["Dropout"] = (pool, s) =>
        {
            var x = X(s);
            return () => Dropout.Apply(pool, x, 0.3f, 5, x);
        },
        ["AdamW"] = (pool, s) =>
        {
            var (w, g, m, v) = (X(s), X(s), X(s), X(s));
            Vectors.Multiply(pool, v, v, v);
            return () => AdamW.Update(pool, w, g, m, v, new AdamWStep(1e-3f, 0.9f, 0.99f, 1e-8f, 0.1f, 0.5f, 0.5f, 1));
        },
        ["PairMean"] = (pool, s) =>
        {
            var (x, y, starts, yStarts) = (X(s), s.Normal(74, Width), (int[])[0, 51, Rows], (int[])[0, 25, 74]);
            return () =>
            {
                PairMean.Forward(pool, x, starts, y, yStarts);
                PairMean.Backward(pool, y, yStarts, x, starts);
            };
        },
    };

    private static Matrix X(Sample sample) => sample.Normal(Rows, Width);

    private static Matrix Vector(Sample sample) => sample.Normal(1, Width);

    private static Action Function(WorkerPool pool, Sample sample, ElementwiseFunction function)
    {
        var (x, y) = (X(sample), X(sample));
        return () =>
        {
            Elementwise.Backward(pool, function, x, y, y);
            Elementwise.Forward(pool, function, x, x);
        };
    }
}

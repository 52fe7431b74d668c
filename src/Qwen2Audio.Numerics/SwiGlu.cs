namespace Qwen2Audio.Numerics;

/// <summary>silu(gate) · up, the gated activation of Qwen2's feed-forward blocks (Shazeer 2020).</summary>
public static class SwiGlu
{
    /// <summary>y = silu(gate) · up.</summary>
    /// <param name="pool">The workers.</param>
    /// <param name="gate">[rows, w].</param>
    /// <param name="up">[rows, w].</param>
    /// <param name="y">[rows, w], overwritten; may be <paramref name="gate"/> or <paramref name="up"/>.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static void Forward(WorkerPool pool, Matrix gate, Matrix up, Matrix y)
    {
        Shapes.Same(gate, up);
        Shapes.Same(gate, y);
        for (var r = 0; r < gate.Rows; r++)
        {
            for (var i = 0; i < gate.Columns; i++)
            {
                double z = gate.Row(r)[i];
                y.Row(r)[i] = (float)(z / (1 + Math.Exp(-z)) * up.Row(r)[i]);
            }
        }
    }

    /// <summary>dgate = dy · up · silu′(gate), dup = dy · silu(gate).</summary>
    /// <param name="pool">The workers.</param>
    /// <param name="gate">[rows, w].</param>
    /// <param name="up">[rows, w].</param>
    /// <param name="dy">[rows, w].</param>
    /// <param name="dgate">[rows, w], overwritten; storage of its own, or that of an input.</param>
    /// <param name="dup">[rows, w], overwritten; storage of its own, or that of another input.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static void Backward(WorkerPool pool, Matrix gate, Matrix up, Matrix dy, Matrix dgate, Matrix dup)
    {
        Shapes.Same(gate, up);
        Shapes.Same(gate, dy);
        Shapes.Same(gate, dgate);
        Shapes.Same(gate, dup);
        for (var r = 0; r < gate.Rows; r++)
        {
            for (var i = 0; i < gate.Columns; i++)
            {
                double z = gate.Row(r)[i];
                var (slope, factor) = (dy.Row(r)[i], up.Row(r)[i]);
                var sigmoid = 1 / (1 + Math.Exp(-z));
                dgate.Row(r)[i] = (float)(slope * factor * sigmoid * (1 + z / (1 + Math.Exp(z))));
                dup.Row(r)[i] = (float)(slope * z * sigmoid);
            }
        }
    }
}
